document.addEventListener("artist-select", (event) => {
  const { artist, pack } = event.detail;
  // Names come first: what else is known of this artist may still be on its way.
  const words = artist.id < pack.answering ? pack.words(artist, 3).map(({ word }) => word) : [];
  document.querySelector("#chosen").textContent = [artist.name, ...words].join(", ");
});

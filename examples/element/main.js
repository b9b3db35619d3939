document.addEventListener("artist-select", (event) => {
  const { artist, pack } = event.detail;
  const words = pack.words(artist, 3).map(({ word }) => word);
  document.querySelector("#chosen").textContent = `${artist.name} (${words.join(", ")})`;
});

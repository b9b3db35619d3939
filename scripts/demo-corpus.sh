# Ingests the demo's playlists from ../shared/data (or the folder in SHARED_DATA). Sourced; needs $ROOT, $program.

shared=${SHARED_DATA:-$ROOT/../shared/data}
[ -d "$shared" ] || die "$shared is not there: the demo's playlists are not part of the repository (data/README.md)."

# All but mpd_random, which has lost it, and lastfm_hetrec2011_users, which are no playlists, stand in their maker's order.
ordered=()
for name in mpd_partial wfmu_radio spotify_archive spotify_moods harisekhon bbc6_gilles_peterson kexp; do
  ordered+=(--ordered "$shared/playlists/$name.tsv.gz")
done

ingest_demo() {
  "$program" ingest "$shared"/mpd/*.zip "$shared"/playlists/*.tsv.gz "${ordered[@]}" \
    --artists "$shared/meta/artists.tsv.gz" --artists "$shared/meta/mpd_artist_uris.tsv.gz" -o "$1"
}

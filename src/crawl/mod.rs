//! Facts about artists from services on the web, kept in a cache: related artists, genres, pictures, followers.
//!
//! Owns the services' shapes (one file a source), politeness, and the cache. Must not know training or packs. The one room
//! that talks to the network.

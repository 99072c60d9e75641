//! Close codes. A client acts on the range: 40xx do not come back unchanged, 41xx come back with backoff,
//! 42xx come back soon and resume; so a code that it does not know still works.

/// Too many malformed commands.
pub const BAD_FRAMES: u16 = 4000;
/// The origin may not open sockets here.
pub const ORIGIN: u16 = 4003;
/// The session has ended.
pub const SESSION_ENDED: u16 = 4004;
/// The user is suspended.
pub const SUSPENDED: u16 = 4005;
/// Too many connections from here.
pub const TOO_MANY_CONNECTIONS: u16 = 4006;
/// The server is overloaded.
pub const OVERLOADED: u16 = 4100;
/// Too many commands.
pub const RATE: u16 = 4101;
/// The client reads too slowly.
pub const TOO_SLOW: u16 = 4102;
/// The server restarts.
pub const RESTARTING: u16 = 4200;
/// Nothing was heard from the client.
pub const SILENT: u16 = 4201;

//! Client frames (RFC 6455 sections 5 to 8), read incrementally: each step takes one frame off the
//! front of what came, or says what is wrong with it. Driven by `read`, knows no sockets. Every rule is
//! checked at the first byte that can break it, so that a frame which declares too much is refused
//! before anything is stored for it, and that how the bytes were split changes nothing.

use std::borrow::Cow;
use std::ops::Range;

/// What a message may be at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) message: usize,
    pub(crate) fragments: usize,
    /// Whether it may be binary.
    pub(crate) binary: bool,
}

/// The fragments of a message so far, unmasked.
#[derive(Debug, Default)]
pub(crate) struct Assembly {
    is_binary: bool,
    bytes: Vec<u8>,
    /// How much of a text is known to be UTF-8.
    checked: usize,
    fragments: usize,
}

/// What one frame was.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// It is not complete: wait for more bytes.
    More,
    Text(Cow<'a, str>),
    Binary(Cow<'a, [u8]>),
    /// A part of a message, now in the assembly.
    Fragment,
    Ping(&'a [u8]),
    Pong,
    /// The code to echo, where there was one.
    Close(Option<u16>),
}

/// Why a connection must be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
}

const fn fault<T>(code: u16, reason: &'static str) -> Result<T, Fault> {
    Err(Fault { code, reason })
}

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

struct Header {
    opcode: u8,
    fin: bool,
    mask: [u8; 4],
    payload: Range<usize>,
}

/// The longest header of a frame that a client may send: two bytes, eight of length, four of mask.
pub(crate) const MAX_HEADER: usize = 14;

/// Takes one frame off the front of `input`; says how many bytes it was. Unmasks in place.
pub(crate) fn step<'a>(
    input: &'a mut [u8],
    assembly: &mut Option<Assembly>,
    limits: &Limits,
) -> Result<(usize, Step<'a>), Fault> {
    let Some(header) = header(input, assembly.as_ref(), limits)? else { return Ok((0, Step::More)) };
    let end = header.payload.end;
    let Some(payload) = input.get_mut(header.payload) else { return Ok((0, Step::More)) };
    unmask(payload, header.mask);
    let payload = &*payload;
    let step = match header.opcode {
        TEXT if header.fin => match std::str::from_utf8(payload) {
            Ok(text) => Step::Text(Cow::Borrowed(text)),
            Err(_) => return fault(1007, "not UTF-8"),
        },
        BINARY if header.fin => Step::Binary(Cow::Borrowed(payload)),
        TEXT | BINARY | CONTINUATION => {
            let begun = assembly.take();
            let begun = begun
                .unwrap_or_else(|| Assembly { is_binary: header.opcode == BINARY, ..Assembly::default() });
            let part = extend(begun, payload, header.fin)?;
            if header.fin {
                whole(part)?
            } else {
                *assembly = Some(part);
                Step::Fragment
            }
        }
        PING => Step::Ping(payload),
        PONG => Step::Pong,
        _ => Step::Close(close_code(payload)?),
    };
    Ok((end, step))
}

/// Reads a header as far as it has come; `None` is a good one that is not complete.
fn header(input: &[u8], assembly: Option<&Assembly>, limits: &Limits) -> Result<Option<Header>, Fault> {
    let Some(&first) = input.first() else { return Ok(None) };
    let (fin, opcode) = (first & 0x80 != 0, first & 0x0F);
    if first & 0x70 != 0 {
        return fault(1002, "reserved bits");
    }
    match (opcode, assembly) {
        (CLOSE | PING | PONG, _) if !fin => return fault(1002, "fragmented control frame"),
        (CONTINUATION, None) => return fault(1002, "continuation of nothing"),
        (TEXT | BINARY, Some(_)) => return fault(1002, "message inside of a message"),
        (BINARY, None) if !limits.binary => return fault(1003, "text only"),
        (CONTINUATION, Some(sofar)) if sofar.fragments >= limits.fragments => {
            return fault(1008, "too many fragments");
        }
        (CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG, _) => {}
        _ => return fault(1002, "unknown opcode"),
    }

    let Some(&second) = input.get(1) else { return Ok(None) };
    if second & 0x80 == 0 {
        return fault(1002, "unmasked frame");
    }
    let short = second & 0x7F;
    if opcode >= CLOSE && short > 125 {
        return fault(1002, "control frame too long");
    }
    if opcode == CLOSE && short == 1 {
        return fault(1002, "half a close code");
    }
    let Some((declared, mask_at)) = declared_length(input, short)? else { return Ok(None) };
    let sofar = assembly.map_or(0, |assembly| assembly.bytes.len());
    let room = if opcode >= CLOSE { 125 } else { limits.message.saturating_sub(sofar) };
    let Some(length) = usize::try_from(declared).ok().filter(|&length| length <= room) else {
        return fault(1009, "message too long");
    };

    let Some(mask) = input.get(mask_at..mask_at + 4).and_then(|mask| mask.try_into().ok()) else {
        return Ok(None);
    };
    let from = mask_at + 4;
    Ok(Some(Header { opcode, fin, mask, payload: from..from + length }))
}

/// The declared length and where the mask begins. A length must take the fewest bytes that hold it.
fn declared_length(input: &[u8], short: u8) -> Result<Option<(u64, usize)>, Fault> {
    match short {
        126 => {
            let Some(bytes) = input.get(2..4).and_then(|b| b.try_into().ok()) else { return Ok(None) };
            match u16::from_be_bytes(bytes) {
                0..126 => fault(1002, "length not minimal"),
                length => Ok(Some((length.into(), 4))),
            }
        }
        127 => {
            if input.get(2).is_some_and(|first| first & 0x80 != 0) {
                return fault(1002, "length out of range");
            }
            let Some(bytes) = input.get(2..10).and_then(|b| b.try_into().ok()) else { return Ok(None) };
            match u64::from_be_bytes(bytes) {
                0..65_536 => fault(1002, "length not minimal"),
                length => Ok(Some((length, 10))),
            }
        }
        length => Ok(Some((length.into(), 2))),
    }
}

/// Adds a fragment.
fn extend(mut assembly: Assembly, payload: &[u8], last: bool) -> Result<Assembly, Fault> {
    assembly.bytes.extend_from_slice(payload);
    assembly.fragments += 1;
    if !assembly.is_binary {
        match std::str::from_utf8(&assembly.bytes[assembly.checked..]) {
            Ok(_) => assembly.checked = assembly.bytes.len(),
            // A character may go on in the next fragment.
            Err(error) if error.error_len().is_none() && !last => assembly.checked += error.valid_up_to(),
            Err(_) => return fault(1007, "not UTF-8"),
        }
    }
    Ok(assembly)
}

/// The message of all fragments.
fn whole(assembly: Assembly) -> Result<Step<'static>, Fault> {
    if assembly.is_binary {
        return Ok(Step::Binary(Cow::Owned(assembly.bytes)));
    }
    // All of it was checked by `extend`, in parts that meet at character boundaries.
    String::from_utf8(assembly.bytes).map(|text| Step::Text(Cow::Owned(text))).or(fault(1007, "not UTF-8"))
}

fn close_code(payload: &[u8]) -> Result<Option<u16>, Fault> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else { return Ok(None) };
    let code = u16::from_be_bytes(*code);
    // 1004, 1005, 1006 and 1015 are never sent (RFC 6455 section 7.4.1); the rest is unassigned.
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return fault(1002, "invalid close code");
    }
    if std::str::from_utf8(reason).is_err() {
        return fault(1007, "not UTF-8");
    }
    Ok(Some(code))
}

/// Eight bytes at a time; the compiler makes vectors of it.
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let mut chunks = payload.chunks_exact_mut(8);
    for chunk in &mut chunks {
        for (byte, mask) in chunk.iter_mut().zip(wide.to_ne_bytes()) {
            *byte ^= mask;
        }
    }
    for (at, byte) in chunks.into_remainder().iter_mut().enumerate() {
        *byte ^= mask[at % 4];
    }
}

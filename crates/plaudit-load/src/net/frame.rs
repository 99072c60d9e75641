//! WebSocket frames as a client sees them: small masked ones out, unmasked ones in, out of a shared buffer and without
//! a copy. What no server here sends (extensions, fragments, masked frames) is a fault, not a feature.

/// What a server's frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    /// A text: what the protocol consists of.
    Text,
    /// Bytes: some peers send them.
    Binary,
    /// The close frame.
    Close,
    /// Answered with a pong.
    Ping,
    /// Ignored.
    Pong,
}

/// A frame in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) opcode: Opcode,
    pub(crate) payload: &'a [u8],
    /// Header and payload.
    pub(crate) size: usize,
}

/// What the beginning of a buffer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parsed<'a> {
    Frame(Frame<'a>),
    /// So many bytes make the next step possible: the header's, or the whole frame's.
    Needs(usize),
    /// Nothing that a server may send.
    Wrong(&'static str),
}

/// The longest frame that is read: a snapshot is at most a quarter of it.
const MAX: u64 = 1 << 20;

/// Reads one frame from the beginning of `bytes`.
#[inline]
pub(crate) fn parse(bytes: &[u8]) -> Parsed<'_> {
    let &[first, second, ref rest @ ..] = bytes else { return Parsed::Needs(2) };
    if second & 0x80 != 0 {
        return Parsed::Wrong("a masked frame");
    }
    let opcode = match first {
        0x81 => Opcode::Text,
        0x82 => Opcode::Binary,
        0x88 => Opcode::Close,
        0x89 => Opcode::Ping,
        0x8a => Opcode::Pong,
        _ => return Parsed::Wrong("a fragment, an extension or an unknown kind of frame"),
    };
    let (header, length) = match second {
        126 => match rest {
            [a, b, ..] => (4, u64::from(u16::from_be_bytes([*a, *b]))),
            _ => return Parsed::Needs(4),
        },
        127 => match rest.first_chunk() {
            Some(length) => (10, u64::from_be_bytes(*length)),
            None => return Parsed::Needs(10),
        },
        length => (2, u64::from(length)),
    };
    if length > MAX {
        return Parsed::Wrong("a frame longer than a mebibyte");
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most MAX")]
    let size = header + length as usize;
    match bytes.get(header..size) {
        Some(payload) => Parsed::Frame(Frame { opcode, payload, size }),
        None => Parsed::Needs(size),
    }
}

/// Appends a masked frame. The mask is no secret here: it is there because the protocol wants one.
pub(crate) fn write_masked(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    const MASK: [u8; 4] = [0x50, 0x6c, 0x61, 0x75];
    let first = match opcode {
        Opcode::Text => 0x81,
        Opcode::Binary => 0x82,
        Opcode::Close => 0x88,
        Opcode::Ping => 0x89,
        Opcode::Pong => 0x8a,
    };
    out.push(first);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ ..=125), _) => out.push(0x80 | length),
        (_, Ok(length)) => {
            out.push(0xfe);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(0xff);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// Appends a frame as a server sends it: for `bare`, and for servers in tests.
pub fn write_plain(out: &mut Vec<u8>, text: &[u8]) {
    out.push(0x81);
    match (u8::try_from(text.len()), u16::try_from(text.len())) {
        (Ok(length @ ..=125), _) => out.push(length),
        (_, Ok(length)) => {
            out.push(126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(text.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(text);
}

/// The code of a close frame; 1005 where it has none.
pub(crate) fn close_code(payload: &[u8]) -> u16 {
    payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(length: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_plain(&mut bytes, &vec![b'x'; length]);
        bytes
    }

    #[test]
    fn a_frame_is_read_only_when_its_last_byte_is_there() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let bytes = text(length);
            for cut in (0..bytes.len().min(20)).chain([bytes.len() - 1]) {
                let Parsed::Needs(needs) = parse(&bytes[..cut]) else { panic!("{length} cut at {cut}") };
                assert!(needs > cut && needs <= bytes.len(), "{length} cut at {cut} needs {needs}");
            }
            let Parsed::Frame(frame) = parse(&bytes) else { panic!("{length}") };
            assert_eq!((frame.payload.len(), frame.size, frame.opcode), (length, bytes.len(), Opcode::Text));
        }
    }

    #[test]
    fn a_second_frame_behind_the_first_is_left_alone() {
        let mut bytes = text(3);
        bytes.extend(text(5));
        let Parsed::Frame(frame) = parse(&bytes) else { panic!() };
        assert_eq!(frame.size, 5);
        let Parsed::Frame(frame) = parse(&bytes[5..]) else { panic!() };
        assert_eq!(frame.payload, b"xxxxx");
    }

    #[test]
    fn what_no_server_may_send_is_wrong() {
        let mut masked = Vec::new();
        write_masked(&mut masked, Opcode::Text, b"hello");
        for wrong in [&masked[..], &[0x01, 0x01, b'x'], &[0xc1, 0x01, b'x'], &[0x83, 0x00], &[0x80, 0x00]] {
            assert!(matches!(parse(wrong), Parsed::Wrong(_)), "{wrong:?}");
        }
        let mut huge = vec![0x81, 127];
        huge.extend(u64::MAX.to_be_bytes());
        assert!(matches!(parse(&huge), Parsed::Wrong(_)));
    }

    #[test]
    fn a_masked_frame_is_what_the_protocol_says() {
        for length in [0, 5, 125, 126, 70_000] {
            let payload: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let mut bytes = Vec::new();
            write_masked(&mut bytes, Opcode::Text, &payload);
            let header = match length {
                ..=125 => 2,
                126..=65_535 => 4,
                _ => 10,
            };
            assert_eq!((bytes[0], bytes[1] & 0x80, bytes.len()), (0x81, 0x80, header + 4 + length));
            let mask = &bytes[header..header + 4];
            let unmasked: Vec<u8> =
                bytes[header + 4..].iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]).collect();
            assert_eq!(unmasked, payload);
        }
    }

    #[test]
    fn a_close_code_is_its_first_two_bytes() {
        assert_eq!((close_code(&[0x10, 0x06, b'x']), close_code(b"")), (4102, 1005));
    }
}

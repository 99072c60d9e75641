//! Properties of the decoder: how the bytes were split changes nothing, no bytes break it, and what a
//! client encodes is what comes out.

use proptest::collection::vec;
use proptest::prelude::*;

use super::frames::{Out, decode, table};
use super::support::masked;

/// Frames good and bad: mostly well-formed, so that streams get far.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        4 => Just(0x81_u8), 2 => Just(0x01_u8), 2 => Just(0x00_u8), 2 => Just(0x80_u8),
        2 => Just(0x89_u8), 1 => Just(0x8A_u8), 1 => Just(0x88_u8), 1 => any::<u8>(),
    ];
    let payload = prop_oneof![
        4 => "\\PC{0,40}".prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 0..6),
        1 => vec(b' '..b'~', 100..400),
    ];
    (first, payload).prop_map(|(first, payload)| masked(first, &payload))
}

fn split<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

proptest! {
    #[test]
    fn splits_change_nothing(frames in vec(frame(), 1..12), cuts in vec(any::<usize>(), 0..40)) {
        let bytes = frames.concat();
        let whole = decode([&bytes[..]]);
        prop_assert_eq!(&decode(split(&bytes, &cuts)), &whole);
        prop_assert_eq!(&decode(bytes.chunks(1)), &whole);
    }

    #[test]
    fn noise_changes_nothing_either(bytes in vec(any::<u8>(), 0..300), cuts in vec(any::<usize>(), 0..10)) {
        prop_assert_eq!(decode(split(&bytes, &cuts)), decode([&bytes[..]]));
    }

    #[test]
    fn a_message_in_any_fragments_comes_out_whole(text in "\\PC{0,200}", cuts in vec(any::<usize>(), 0..20)) {
        let parts = split(text.as_bytes(), &cuts);
        let last = parts.len() - 1;
        let frames = parts.iter().enumerate().flat_map(|(at, part)| {
            let opcode = u8::from(at == 0);
            masked(if at == last { 0x80 | opcode } else { opcode }, part)
        });
        let frames: Vec<u8> = frames.collect();
        prop_assert_eq!(decode([&frames[..]]), vec![Out::Text(text)]);
    }
}

#[test]
fn every_frame_of_the_table_may_come_byte_by_byte_or_cut_in_two() {
    for (name, bytes, expected) in table() {
        // A long one is cut at its ends only: its middle is all the same.
        let cuts: Vec<usize> = (0..bytes.len()).filter(|at| *at < 200 || bytes.len() - at < 200).collect();
        for cut in cuts {
            let (front, back) = bytes.split_at(cut);
            assert_eq!(decode([front, back]), expected, "{name}, cut at {cut}");
        }
        if bytes.len() < 1000 {
            assert_eq!(decode(bytes.chunks(1)), expected, "{name}, byte by byte");
        }
    }
}

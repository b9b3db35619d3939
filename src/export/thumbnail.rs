//! Small square pictures: from whatever a service sent to a JPEG file of a few kilobytes.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView as _, ImageDecoder as _, ImageReader, Limits, RgbImage};

use crate::catalog::MAX_THUMBNAIL;

/// Width and height in pixels.
pub(super) const SIDE: u32 = 64;

/// Quality of the JPEG files, of 100: photographs take about 2 KB.
const QUALITY: u8 = 80;

/// No picture wider or higher is decoded, in pixels.
const MOST_PIXELS_A_SIDE: u32 = 4096;

/// No picture is decoded that takes more memory than this, in bytes: a small file may claim to be an enormous picture.
const MOST_MEMORY: u64 = 64 << 20;

/// Bakes the thumbnail of a JPEG, PNG or WebP file; `None` where the file is none of these, damaged or too large.
///
/// Turned as the camera was held, cut to the largest square (of a tall picture the upper part, where faces are), on white
/// where it is transparent. Nothing of the file but its pixels is kept, so neither places nor names that cameras write.
pub(super) fn bake(file: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS_A_SIDE);
    limits.max_image_height = Some(MOST_PIXELS_A_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    // The decoder keeps to the limits inside; the pixels themselves are allocated outside.
    if decoder.total_bytes() > MOST_MEMORY {
        return None;
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).ok()?;
    image.apply_orientation(orientation);

    let (width, height) = image.dimensions();
    let side = width.min(height);
    let (left, top) = ((width - side) / 2, (height - side) / 4);
    let small = image.crop_imm(left, top, side, side).resize_exact(SIDE, SIDE, FilterType::CatmullRom).to_rgba8();
    let opaque = RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let [red, green, blue, alpha] = small.get_pixel(x, y).0.map(u32::from);
        let on_white = |colour: u32| ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        image::Rgb([red, green, blue].map(on_white))
    });
    let mut jpeg = Vec::new();
    opaque.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY)).ok()?;
    (jpeg.len() <= MAX_THUMBNAIL).then_some(jpeg)
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    /// Red above, blue below, on the left; the right half is transparent.
    fn picture(width: u32, height: u32) -> DynamicImage {
        RgbaImage::from_fn(width, height, |x, y| {
            Rgba([
                if y < height / 2 { 255 } else { 0 },
                0,
                if y < height / 2 { 0 } else { 255 },
                if x < width / 2 { 255 } else { 0 },
            ])
        })
        .into()
    }

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_format_becomes_a_small_square_jpeg() {
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let jpeg = bake(&encoded(&picture(300, 200), format)).unwrap();
            assert!(jpeg.len() < 4000, "{} bytes", jpeg.len());
            let image = image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).unwrap().to_rgb8();
            assert_eq!(image.dimensions(), (SIDE, SIDE));
            let near = |x, y, colour: [u8; 3]| {
                let found = image.get_pixel(x, y).0;
                assert!(found.iter().zip(colour).all(|(&a, b)| a.abs_diff(b) < 30), "{found:?} at {x}, {y}");
            };
            near(8, 8, [255, 0, 0]);
            near(8, 56, [0, 0, 255]);
            near(56, 8, [255, 255, 255]);
        }
        let jpeg = encoded(&picture(90, 400).to_rgb8().into(), ImageFormat::Jpeg);
        assert!(bake(&jpeg).unwrap().starts_with(&[0xff, 0xd8, 0xff]));
        assert!(bake(&encoded(&picture(1, 1), ImageFormat::Png)).is_some());
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_refused() {
        assert_eq!(bake(b""), None);
        assert_eq!(bake(b"<!doctype html><title>404</title>"), None);
        assert_eq!(bake(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"), None);
        assert_eq!(bake(&encoded(&picture(MOST_PIXELS_A_SIDE + 1, 1), ImageFormat::Png)), None);
        // A PNG of a few bytes whose header claims 4,096 × 4,096 pixels of 8 bytes each, with the right checksum.
        let mut bomb = encoded(&picture(4, 4).to_rgba16().into(), ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 0, 16, 0, 0, 0, 16, 0]);
        let checksum = crc32fast::hash(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
        let decoder = ImageReader::new(Cursor::new(&bomb)).with_guessed_format().unwrap().into_decoder().unwrap();
        assert_eq!(decoder.total_bytes(), 128 << 20);
        assert_eq!(bake(&bomb), None);
    }

    proptest::proptest! {
        /// Files cut short or altered anywhere are refused or baked, never worse.
        #[test]
        fn damaged_files_never_panic(format in 0..3_usize, cut in 0.0..1.0_f64, flips: Vec<(u16, u8)>) {
            let format = [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Jpeg][format];
            let mut file = encoded(&picture(20, 20).to_rgb8().into(), format);
            for (at, bits) in flips {
                let at = usize::from(at) % file.len();
                file[at] ^= bits;
            }
            file.truncate((file.len() as f64 * (cut + 0.3)) as usize);
            if let Some(jpeg) = bake(&file) {
                proptest::prop_assert!(jpeg.len() <= MAX_THUMBNAIL);
            }
        }
    }
}

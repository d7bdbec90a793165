//! `switchboard resize`, as a person runs it.
#![allow(
    clippy::unwrap_used,
    reason = "a test that is disappointed panics: that is how it says so"
)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

fn resize(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_switchboard"))
        .arg("resize")
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

#[track_caller]
fn succeeds(folder: &TempDir, arguments: &[&str]) {
    let output = resize(folder, arguments);
    assert!(output.status.success(), "{output:?}");
}

/// What standard error says.
#[track_caller]
fn refuses(folder: &TempDir, arguments: &[&str]) -> String {
    let output = resize(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// A folder with a picture of 80 by 40 pixels at each of the paths.
fn folder(pictures: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for path in pictures {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, png(80, 40)).unwrap();
    }
    folder
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    let pixels = (0..width * height).flat_map(|n| [n as u8, 120, (n / width) as u8]);
    writer
        .write_image_data(&pixels.collect::<Vec<_>>())
        .unwrap();
    writer.finish().unwrap();
    file
}

#[track_caller]
fn size(file: impl AsRef<Path>) -> (u32, u32) {
    let bytes = fs::read(file).unwrap();
    let reader = png::Decoder::new(std::io::Cursor::new(bytes))
        .read_info()
        .unwrap();
    reader.info().size()
}

/// Every file beneath, by its path, in order.
fn files(folder: &TempDir) -> Vec<String> {
    fn add(folder: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                add(&path, root, found);
            } else {
                let path = path.strip_prefix(root).unwrap();
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    add(folder.path(), folder.path(), &mut found);
    found.sort();
    found
}

#[test]
fn one_picture_to_one_file_in_the_format_that_its_name_tells() {
    let folder = folder(&["a.png"]);
    succeeds(&folder, &["a.png", "b/small.jpg", "--width", "20"]);
    let bytes = fs::read(folder.path().join("b/small.jpg")).unwrap();
    assert!(bytes.starts_with(b"\xFF\xD8\xFF"));
    assert_eq!(files(&folder), ["a.png", "b/small.jpg"]);
}

#[test]
fn pictures_and_folders_to_a_folder() {
    let folder = folder(&["a.png", "more/b.PNG", "more/deep/c.png", "more/notes.txt"]);
    succeeds(
        &folder,
        &["a.png", "more", "out", "--width", "20", "--jobs", "2"],
    );
    assert_eq!(size(folder.path().join("out/a.png")), (20, 10));
    assert_eq!(size(folder.path().join("out/b.png")), (20, 10));
    assert!(!folder.path().join("out/c.png").exists());
    succeeds(&folder, &["more", "all", "--recursive", "--format", "webp"]);
    let made = files(&folder);
    let made: Vec<_> = made.iter().filter(|path| path.starts_with("all")).collect();
    assert_eq!(made, ["all/b.webp", "all/deep/c.webp"]);
}

#[test]
fn forms() {
    let folder = folder(&["a.png"]);
    let made = |name: &str, arguments: &[&str]| {
        succeeds(&folder, &[&["a.png", name], arguments].concat());
        size(folder.path().join(name))
    };
    let cover = ["--width", "30", "--height", "30", "--fit", "cover"];
    assert_eq!(
        made("cover.png", &[&cover[..], &["--gravity", "0,0.5"]].concat()),
        (30, 30)
    );
    let contain = ["--width", "30", "--height", "30", "--fit", "contain"];
    let contain = [&contain[..], &["--background", "#336699"]].concat();
    assert_eq!(made("contain.png", &contain), (30, 30));
    assert_eq!(
        made("dense.png", &["--width", "20", "--dpr", "2"]),
        (40, 20)
    );
    assert_eq!(made("thumb.png", &["--preset", "thumb"]), (40, 40));
    assert_eq!(made("large.png", &["--width", "160"]), (80, 40));
    assert_eq!(
        made("enlarged.png", &["--width", "160", "--enlarge"]),
        (160, 80)
    );
}

#[test]
fn what_is_refused_is_named_and_the_rest_is_made() {
    let folder = folder(&["a.png", "c.png"]);
    fs::write(folder.path().join("b.png"), "not a picture").unwrap();
    let errors = refuses(
        &folder,
        &["a.png", "b.png", "gone.png", "c.png", "out", "--width", "9"],
    );
    assert_eq!(errors.lines().count(), 3, "{errors}");
    assert!(errors.contains("b.png: "), "{errors}");
    assert!(errors.contains("gone.png: "), "{errors}");
    assert!(folder.path().join("out/a.png").exists());
    assert!(folder.path().join("out/c.png").exists());
}

#[test]
fn nothing_is_overwritten_unasked_and_the_picture_itself_never() {
    let folder = folder(&["a.png", "b/a.png"]);
    let before = fs::read(folder.path().join("a.png")).unwrap();
    for arguments in [
        &["a.png", "a.png", "--force"][..],
        &["a.png", ".", "--force"],
    ] {
        let errors = refuses(&folder, &[arguments, &["--width", "9"]].concat());
        assert!(errors.contains("which is one of the pictures"), "{errors}");
    }
    assert_eq!(fs::read(folder.path().join("a.png")).unwrap(), before);
    // Nor does one picture become another.
    let siblings = ["a.png", "b/a.png", "b", "--width", "9", "--force"];
    let errors = refuses(&folder, &siblings);
    assert_eq!(errors.matches("one of the pictures").count(), 2, "{errors}");
    assert_eq!(fs::read(folder.path().join("b/a.png")).unwrap(), before);

    let errors = refuses(&folder, &["a.png", "b", "--width", "9"]);
    assert!(errors.contains("is there already"), "{errors}");
    succeeds(&folder, &["a.png", "b", "--width", "8", "--force"]);
    assert_eq!(size(folder.path().join("b/a.png")), (8, 4));
    assert_eq!(files(&folder), ["a.png", "b/a.png"]);
}

#[test]
fn of_two_pictures_with_one_name_the_second_is_refused() {
    let folder = folder(&["x/a.png", "y/a.png"]);
    let arguments = ["x/a.png", "y/a.png", "out", "--jobs", "1", "--width", "9"];
    let errors = refuses(&folder, &arguments);
    assert!(errors.starts_with("y/a.png: "), "{errors}");
    let errors = refuses(&folder, &[&arguments[..], &["--force"]].concat());
    assert!(errors.starts_with("y/a.png: "), "{errors}");
}

#[test]
fn what_is_out_of_range_says_so() {
    let folder = folder(&["a.png"]);
    for (arguments, reason) in [
        (["--width", "0"], "a side must be from 1 to 10000"),
        (["--quality", "101"], "a quality must be from 1 to 100"),
        (["--format", "bmp"], "a format must be jpeg"),
        (["--preset", "huge"], "a preset must be one of"),
    ] {
        let output = resize(&folder, &[&["a.png", "out"], &arguments[..]].concat());
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.contains(reason), "{errors}");
    }
}

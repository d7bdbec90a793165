//! The inverse cosine transform (section A.3.3) of a block's low frequencies: 1, 2, 4 or 8 of them in each direction give
//! as many samples.
//!
//! Each transform is x(n) = X(0) + Σ X(k) √2 cos((2n + 1) k π / 2N), whatever N; what is left out is [`SCALE`]. Those of
//! even k are the transform of half the length. Lines of a block are transformed side by side, which compilers turn into
//! vector instructions.

/// What coefficients are multiplied by before they are transformed in both directions.
pub const SCALE: f32 = 1.0 / 8.0;
/// √2 cos(k π / 8) for k = 1 and 3.
const EIGHTHS: [f32; 2] = [1.306_563, 0.541_196_1];
/// √2 cos(k π / 16) for k = 1, 3, 5 and 7.
const SIXTEENTHS: [f32; 4] = [1.387_039_9, 1.175_875_6, 0.785_694_96, 0.275_899_4];

/// Coefficients, or samples, of a block in rows.
type Block<const N: usize> = [[f32; N]; N];

pub fn two(block: Block<2>) -> Block<2> {
    both(block, lines_of_two)
}

pub fn four(block: Block<4>) -> Block<4> {
    both(block, lines_of_four)
}

pub fn eight(block: Block<8>) -> Block<8> {
    both(block, lines_of_eight)
}

/// The same for a block in which all but the first four in each direction are zero, which most are.
pub fn eight_of_four(block: Block<4>) -> Block<8> {
    let [a, b, c, d, e, f, g, h] = lines_of_eight_of_four(block);
    let turned = [[a, b, c, d], [e, f, g, h]].map(transposed);
    let mut lines = [[0.0; 8]; 4];
    for (n, line) in lines.iter_mut().enumerate() {
        let (left, right) = line.split_at_mut(4);
        left.copy_from_slice(&turned[0][n]);
        right.copy_from_slice(&turned[1][n]);
    }
    transposed(lines_of_eight_of_four(lines))
}

#[inline(always)]
fn both<const N: usize>(block: Block<N>, lines: fn(Block<N>) -> Block<N>) -> Block<N> {
    transposed(lines(transposed(lines(block))))
}

// Loops, because chains of iterators over arrays are not made into vector instructions as reliably.

#[inline(always)]
fn transposed<const N: usize>(block: Block<N>) -> Block<N> {
    let mut turned = [[0.0; N]; N];
    for row in 0..N {
        for column in 0..N {
            turned[row][column] = block[column][row];
        }
    }
    turned
}

#[inline(always)]
fn lines_of_two<const L: usize>([a, b]: [[f32; L]; 2]) -> [[f32; L]; 2] {
    [sum(a, b), difference(a, b)]
}

#[inline(always)]
fn lines_of_four<const L: usize>([a, b, c, d]: [[f32; L]; 4]) -> [[f32; L]; 4] {
    let [c1, c3] = EIGHTHS;
    let [e0, e1] = lines_of_two([a, c]);
    let o0 = mix([b, d], [c1, c3]);
    let o1 = mix([b, d], [c3, -c1]);
    [
        sum(e0, o0),
        sum(e1, o1),
        difference(e1, o1),
        difference(e0, o0),
    ]
}

#[inline(always)]
fn lines_of_eight<const L: usize>([a, b, c, d, e, f, g, h]: [[f32; L]; 8]) -> [[f32; L]; 8] {
    let [c1, c3, c5, c7] = SIXTEENTHS;
    let even = lines_of_four([a, c, e, g]);
    let odd = [b, d, f, h];
    let o0 = mix(odd, [c1, c3, c5, c7]);
    let o1 = mix(odd, [c3, -c7, -c1, -c5]);
    let o2 = mix(odd, [c5, -c1, c7, c3]);
    let o3 = mix(odd, [c7, -c5, c3, -c1]);
    mirrored(even, [o0, o1, o2, o3])
}

#[inline(always)]
fn lines_of_eight_of_four<const L: usize>([a, b, c, d]: [[f32; L]; 4]) -> [[f32; L]; 8] {
    let [c1, c3, c5, c7] = SIXTEENTHS;
    let even = EIGHTHS.map(|weight| mix([c], [weight]));
    let evens = [
        sum(a, even[0]),
        sum(a, even[1]),
        difference(a, even[1]),
        difference(a, even[0]),
    ];
    let odd = [b, d];
    let o0 = mix(odd, [c1, c3]);
    let o1 = mix(odd, [c3, -c7]);
    let o2 = mix(odd, [c5, -c1]);
    let o3 = mix(odd, [c7, -c5]);
    mirrored(evens, [o0, o1, o2, o3])
}

/// Of the odd part the second half is the first one backwards, with the other sign.
#[inline(always)]
fn mirrored<const L: usize>(even: [[f32; L]; 4], odd: [[f32; L]; 4]) -> [[f32; L]; 8] {
    let ([e0, e1, e2, e3], [o0, o1, o2, o3]) = (even, odd);
    [
        sum(e0, o0),
        sum(e1, o1),
        sum(e2, o2),
        sum(e3, o3),
        difference(e3, o3),
        difference(e2, o2),
        difference(e1, o1),
        difference(e0, o0),
    ]
}

#[inline(always)]
fn sum<const L: usize>(mut a: [f32; L], b: [f32; L]) -> [f32; L] {
    for n in 0..L {
        a[n] += b[n];
    }
    a
}

#[inline(always)]
fn difference<const L: usize>(mut a: [f32; L], b: [f32; L]) -> [f32; L] {
    for n in 0..L {
        a[n] -= b[n];
    }
    a
}

#[inline(always)]
fn mix<const L: usize, const M: usize>(lines: [[f32; L]; M], weights: [f32; M]) -> [f32; L] {
    let mut mixed = [0.0; L];
    for m in 0..M {
        for n in 0..L {
            mixed[n] += lines[m][n] * weights[m];
        }
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::{PI, SQRT_2};

    fn by_definition<const N: usize>(block: Block<N>) -> Block<N> {
        let wave = |n: usize, k: usize| {
            let angle = ((2 * n + 1) * k) as f64 * PI / (2 * N) as f64;
            if k == 0 { 1.0 } else { SQRT_2 * angle.cos() }
        };
        let sample = |y: usize, x: usize| -> f64 {
            let terms = (0..N).flat_map(|v| (0..N).map(move |u| (v, u)));
            terms
                .map(|(v, u)| f64::from(block[v][u]) * wave(y, v) * wave(x, u))
                .sum()
        };
        std::array::from_fn(|y| std::array::from_fn(|x| sample(y, x) as f32))
    }

    fn check<const N: usize>(transform: impl Fn(Block<N>) -> Block<N>) {
        let block: Block<N> = std::array::from_fn(|y| {
            std::array::from_fn(|x| ((x * 37 + y * 91 + x * y * 13) % 201) as f32 - 100.0)
        });
        near(transform(block), by_definition(block));
    }

    #[track_caller]
    fn near<const N: usize>(found: Block<N>, expected: Block<N>) {
        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            assert!((found - expected).abs() < 0.01, "{found} is not {expected}");
        }
    }

    #[test]
    fn transforms_are_what_they_are_defined_as() {
        check(two);
        check(four);
        check(eight);
        let few = |block: Block<8>| {
            std::array::from_fn(|row| std::array::from_fn(|column| block[row][column]))
        };
        let known: Block<8> = std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                if row < 4 && column < 4 {
                    (row * 7 + column * 3) as f32 - 9.0
                } else {
                    0.0
                }
            })
        });
        near(eight_of_four(few(known)), by_definition(known));
    }
}

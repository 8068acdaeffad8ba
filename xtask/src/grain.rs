//! A look in the mirror: how large files, functions and traits are.

use crate::source::Source;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Prints median, 90th percentile and maximum; tests and benchmarks aside.
pub(crate) fn run(root: &Path) -> io::Result<ExitCode> {
    let mut sources = Source::read_all(root)?;
    sources.retain(|source| !source.is_test());
    println!("{:<22} {:>6} {:>7} {:>5} {:>5}  largest", "", "count", "median", "p90", "max");
    print("files, in lines", sources.iter().map(file).collect());
    print("functions, in lines", sources.iter().flat_map(functions).collect());
    print("traits, in methods", sources.iter().flat_map(traits).collect());
    Ok(ExitCode::SUCCESS)
}

/// A size and what has it.
type Sized = (usize, String);

fn file(source: &Source) -> Sized {
    (source.lines_without_tests(), source.path.clone())
}

fn functions(source: &Source) -> Vec<Sized> {
    let functions = source.functions().into_iter();
    functions.map(|it| (it.lines, format!("{}:{} {}", source.path, it.line, it.name))).collect()
}

fn traits(source: &Source) -> Vec<Sized> {
    let traits = source.traits().into_iter();
    traits.map(|it| (it.methods, format!("{}:{} {}", source.path, it.line, it.name))).collect()
}

fn print(what: &str, mut sizes: Vec<Sized>) {
    sizes.sort();
    let Some((max, largest)) = sizes.last() else {
        println!("{what:<22} {:>6}", 0);
        return;
    };
    let (median, p90) = (percentile(&sizes, 50), percentile(&sizes, 90));
    println!("{what:<22} {:>6} {median:>7} {p90:>5} {max:>5}  {largest}", sizes.len());
}

/// The smallest size that at least `percent` of the sorted sizes do not exceed.
fn percentile(sorted: &[Sized], percent: usize) -> usize {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).map_or(0, |(size, _)| *size)
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_sizes_that_occur() {
        let sizes: Vec<_> = (1..=10).map(|size| (size, String::new())).collect();
        assert_eq!((percentile(&sizes, 50), percentile(&sizes, 90), percentile(&sizes, 100)), (5, 9, 10));
        assert_eq!(percentile(&sizes[..1], 50), 1);
        assert_eq!(percentile(&[], 50), 0);
    }
}

//! Secrets that stand in files of their own.

use super::Config;
use super::explain::Mistake;
use super::secret::StorageUrl;

/// Reads every secret that the configuration names a file for, and puts it in its place.
pub(super) fn read(config: &mut Config) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    if let Some(path) = &config.storage.url_file {
        match secret("storage.url_file", path) {
            Ok(url) => config.storage.url = Some(StorageUrl::new(url)),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    let client = &mut config.kafka.client.0;
    let files: Vec<_> = client
        .reveal()
        .filter_map(|(name, path)| Some((name.strip_suffix("_file")?.to_owned(), path.to_owned())))
        .collect();
    for (plain, path) in files {
        client.remove(&format!("{plain}_file"));
        match secret(&format!("kafka.client.{plain}_file"), &path) {
            Ok(secret) => client.set(plain, secret),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    mistakes
}

/// The text of a file without the line break at its end.
fn secret(key: &str, path: &str) -> Result<String, Mistake> {
    let mistake = |problem| Mistake::about(format!("{key} = {path:?}"), problem);
    let text = std::fs::read_to_string(path).map_err(|error| mistake(format!("cannot be read: {error}")))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(mistake("the file is empty; allowed: a file that holds the secret".to_owned()));
    }
    Ok(secret.to_owned())
}

//! [`Replication`]: on how many nodes a keyspace keeps each row.

use dlq_core::storage::StorageResult;

use super::invalid;

const ALLOWED: &str = "a number of nodes, or datacenters with theirs, such as \"3\" or \"paris:3,rome:3\"";

/// On how many nodes a keyspace keeps each row.
///
/// ```
/// use dlq_storage_cassandra::Replication;
///
/// assert_eq!(Replication::parse("3")?, Replication::Simple(3));
/// let both = vec![("paris".to_owned(), 3), ("rome".to_owned(), 2)];
/// assert_eq!(Replication::parse("paris:3,rome:2")?, Replication::Datacenters(both));
/// assert!(Replication::parse("paris").is_err());
/// # Ok::<(), dlq_core::storage::StorageError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replication {
    /// On so many nodes, wherever they are: `SimpleStrategy`. For one datacenter.
    Simple(u32),
    /// On so many nodes of each of these datacenters: `NetworkTopologyStrategy`.
    Datacenters(Vec<(String, u32)>),
}

impl Default for Replication {
    fn default() -> Self {
        Self::Simple(1)
    }
}

impl Replication {
    /// Reads a number of nodes, or datacenters with theirs.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> StorageResult<Self> {
        let wrong = || invalid("replication", text, ALLOWED);
        let nodes = |text: &str| text.parse().ok().filter(|nodes| (1..=100).contains(nodes));
        if !text.contains(':') {
            return nodes(text).map(Self::Simple).ok_or_else(wrong);
        }
        let datacenter = |part: &str| {
            let (name, number) = part.split_once(':')?;
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            let named = !name.is_empty() && name.chars().all(plain);
            named.then(|| Some((name.to_owned(), nodes(number)?)))?
        };
        let all: Option<Vec<_>> = text.split(',').map(datacenter).collect();
        all.map(Self::Datacenters).ok_or_else(wrong)
    }

    /// As `CREATE KEYSPACE` takes it.
    pub(crate) fn to_cql(&self) -> String {
        match self {
            Self::Simple(nodes) => format!("{{'class': 'SimpleStrategy', 'replication_factor': {nodes}}}"),
            Self::Datacenters(all) => {
                let all: Vec<_> = all.iter().map(|(name, nodes)| format!(", '{name}': {nodes}")).collect();
                format!("{{'class': 'NetworkTopologyStrategy'{}}}", all.concat())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_a_number_nor_datacenters_is_refused() {
        for text in ["", "0", "x", "a:", ":3", "a:0", "a:3,", "a'b:3", "a:3;b:3"] {
            let error = Replication::parse(text).unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")) && error.contains("paris:3"), "{error}");
        }
    }

    #[test]
    fn the_database_takes_it() {
        assert_eq!(Replication::Simple(3).to_cql(), "{'class': 'SimpleStrategy', 'replication_factor': 3}");
        let two = Replication::parse("a:3,b-2:1").unwrap();
        assert_eq!(two.to_cql(), "{'class': 'NetworkTopologyStrategy', 'a': 3, 'b-2': 1}");
    }
}

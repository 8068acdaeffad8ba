//! One line of a stack trace: where in the code.

use std::borrow::Cow;
use std::fmt;

/// The place a frame names: `com.acme.Payments.charge`, without module, file and line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Frame<'a>(&'a str);

impl<'a> Frame<'a> {
    pub(super) const JAVA_MARK: &'static str = "\tat ";
    pub(super) const DOTNET_MARK: &'static str = "   at ";

    /// Whether a text begins with a frame.
    pub(super) fn begins(text: &str) -> bool {
        text.starts_with(Self::JAVA_MARK) || text.starts_with(Self::DOTNET_MARK)
    }

    /// Reads a line such as `\tat java.base/java.util.Map.get(Map.java:7)`.
    pub(super) fn read(line: &'a str) -> Option<Self> {
        let place = line.strip_prefix(Self::JAVA_MARK).or_else(|| line.strip_prefix(Self::DOTNET_MARK))?;
        let (name, _) = place.split_once('(')?;
        let name = without_module(name);
        name.contains('.').then_some(Self(name))
    }

    /// Class and method as written, a piece of the text that was read.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.0
    }

    /// Class and method without the numbers that compilers and proxies draw anew, so that two runs, or two builds,
    /// of the same code agree: `Foo$$Lambda$14/0x7f00.get` is `Foo$$Lambda.get`, `lambda$charge$3` is `lambda$charge`.
    #[must_use]
    pub fn stable_name(&self) -> Cow<'a, str> {
        let Some((class, method)) = self.0.rsplit_once('.') else {
            return Cow::Borrowed(self.0);
        };
        let (stable_class, stable_method) = (without_generated_part(class), without_number(method));
        if (stable_class, stable_method) == (class, method) {
            return Cow::Borrowed(self.0);
        }
        Cow::Owned(format!("{stable_class}.{stable_method}"))
    }
}

impl fmt::Display for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// Takes off class loader and module: `app//`, `java.base@21.0.1/`. The slash of a hidden class
/// (`Foo$$Lambda/0x7f00`) comes after the name and stays.
fn without_module(name: &str) -> &str {
    let generated = name.find("$$").unwrap_or(name.len());
    let before = name.get(..generated).unwrap_or(name);
    before.rfind('/').and_then(|slash| name.get(slash + 1..)).unwrap_or(name)
}

/// `Foo$$SpringCGLIB$$0` → `Foo$$SpringCGLIB`, `$Proxy99` → `$Proxy`.
fn without_generated_part(class: &str) -> &str {
    const MARKS: [&str; 4] = ["$$", "$Proxy", "$HibernateProxy", "$ByteBuddy"];
    let Some(after) = MARKS.iter().find_map(|mark| class.find(mark).map(|at| at + mark.len())) else {
        return class;
    };
    let kind = class.bytes().skip(after).take_while(u8::is_ascii_alphabetic).count();
    class.get(..after + kind).unwrap_or(class)
}

/// `lambda$charge$3` → `lambda$charge`.
fn without_number(method: &str) -> &str {
    method.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix('$').unwrap_or(method)
}

/// Which frames are not the application's: those whose names begin with one of these prefixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameworkPrefixes {
    /// Sorted, and none begins with another: so the only one a name can begin with is its predecessor in this order.
    sorted: Vec<Cow<'static, str>>,
}

impl FrameworkPrefixes {
    /// Takes exactly these prefixes. End them with the separator (`com.acme.platform.`), or they match more than meant.
    /// Empty ones are left out: they would match everything.
    pub fn new<P: Into<Cow<'static, str>>>(prefixes: impl IntoIterator<Item = P>) -> Self {
        let mut sorted: Vec<_> =
            prefixes.into_iter().map(Into::into).filter(|prefix| !prefix.is_empty()).collect();
        sorted.sort_unstable();
        sorted.dedup_by(|longer, shorter| longer.starts_with(shorter.as_ref()));
        Self { sorted }
    }

    /// These prefixes and `more`.
    #[must_use]
    pub fn with<P: Into<Cow<'static, str>>>(self, more: impl IntoIterator<Item = P>) -> Self {
        Self::new(self.sorted.into_iter().chain(more.into_iter().map(Into::into)))
    }

    /// True when `name` begins with one of the prefixes.
    #[must_use]
    pub fn contain(&self, name: &str) -> bool {
        let after = self.sorted.partition_point(|prefix| prefix.as_ref() <= name);
        after
            .checked_sub(1)
            .and_then(|last| self.sorted.get(last))
            .is_some_and(|prefix| name.starts_with(prefix.as_ref()))
    }
}

impl Default for FrameworkPrefixes {
    /// The JDK, the JVM languages, .NET, and the frameworks and drivers met most between a consumer and its failure.
    fn default() -> Self {
        Self::new(FRAMEWORKS)
    }
}

const FRAMEWORKS: [&str; 79] = [
    "$Proxy",
    "Apache.NMS.",
    "Confluent.Kafka.",
    "KafkaFlow.",
    "MassTransit.",
    "Microsoft.",
    "NServiceBus.",
    "Newtonsoft.",
    "Npgsql.",
    "Polly.",
    "Silverback.",
    "System.",
    "Wolverine.",
    "akka.",
    "brave.",
    "ch.qos.logback.",
    "com.datastax.",
    "com.esotericsoftware.",
    "com.fasterxml.",
    "com.github.benmanes.caffeine.",
    "com.google.common.",
    "com.google.gson.",
    "com.google.protobuf.",
    "com.ibm.db2.",
    "com.microsoft.sqlserver.",
    "com.mongodb.",
    "com.mysql.",
    "com.sun.",
    "com.zaxxer.hikari.",
    "feign.",
    "groovy.",
    "io.confluent.",
    "io.debezium.",
    "io.grpc.",
    "io.lettuce.",
    "io.micrometer.",
    "io.micronaut.",
    "io.netty.",
    "io.opentelemetry.",
    "io.quarkus.",
    "io.reactivex.",
    "io.smallrye.",
    "io.vertx.",
    "jakarta.",
    "java.",
    "javax.",
    "jdk.",
    "kotlin.",
    "kotlinx.",
    "net.bytebuddy.",
    "net.sf.cglib.",
    "net.sf.jsqlparser.",
    "okhttp3.",
    "okio.",
    "oracle.jdbc.",
    "org.aopalliance.",
    "org.apache.",
    "org.aspectj.",
    "org.codehaus.",
    "org.eclipse.",
    "org.glassfish.",
    "org.h2.",
    "org.hibernate.",
    "org.jboss.",
    "org.mariadb.jdbc.",
    "org.mongodb.",
    "org.postgresql.",
    "org.reactivestreams.",
    "org.slf4j.",
    "org.springframework.",
    "org.wildfly.",
    "reactor.",
    "redis.clients.",
    "retrofit2.",
    "rx.",
    "scala.",
    "software.amazon.awssdk.",
    "sun.",
    "zio.",
];

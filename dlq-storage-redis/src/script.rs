//! [`Lua`]: the scripts, and how they are called.

use std::sync::LazyLock;

use redis::{Cmd, Script};

/// Writes units.
pub(crate) static WRITE: LazyLock<Lua> =
    LazyLock::new(|| Lua::new(concat!("#!lua\n", include_str!("script/write.lua"))));
/// The same where memory is full: what only takes away gives room.
pub(crate) static PURGE: LazyLock<Lua> =
    LazyLock::new(|| Lua::new(concat!("#!lua flags=allow-oom\n", include_str!("script/write.lua"))));
/// Reads hashes.
pub(crate) static READ: LazyLock<Lua> = LazyLock::new(|| Lua::new(include_str!("script/read.lua")));
/// Tells the time of whoever has a key.
pub(crate) static TIME: LazyLock<Lua> = LazyLock::new(|| Lua::new(include_str!("script/time.lua")));

/// A script.
#[derive(Debug)]
pub(crate) struct Lua {
    code: &'static str,
    hash: String,
}

/// A call of a script.
#[derive(Debug)]
pub(crate) struct Call {
    script: &'static Lua,
    /// By hash; a server that does not know the script is told it whole.
    pub(crate) command: Cmd,
}

impl Lua {
    fn new(code: &'static str) -> Self {
        Self { code, hash: Script::new(code).get_hash().to_owned() }
    }

    /// A call with these keys, all of which lie together; its arguments follow.
    pub(crate) fn call(&'static self, keys: impl ExactSizeIterator<Item: redis::ToRedisArgs>) -> Call {
        let mut command = redis::cmd("EVALSHA");
        command.arg(&self.hash).arg(keys.len());
        keys.for_each(|key| {
            command.arg(key);
        });
        Call { script: self, command }
    }
}

impl Call {
    /// The same call with the script itself, which the server then knows.
    pub(crate) fn told(&self) -> Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(self.script.code);
        for argument in self.command.args_iter().skip(2) {
            if let redis::Arg::Simple(argument) = argument {
                command.arg(argument);
            }
        }
        command
    }
}

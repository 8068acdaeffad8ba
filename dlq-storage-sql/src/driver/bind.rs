//! Values bound one by one; rows, too, for the databases that know no arrays.

use sqlx::{Arguments, Encode, Type};
use uuid::Uuid;

use super::value::Value;

#[cfg(any(feature = "sqlite", feature = "mysql"))]
pub(super) use without_arrays::one_by_one;

/// Arguments that take each kind of value.
pub(super) trait Takes {
    fn take(&mut self, value: &Value<'_>) -> sqlx::Result<()>;
}

impl<A: Arguments> Takes for A
where
    for<'t> Option<Uuid>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<i64>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<&'t str>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<&'t [u8]>: Encode<'t, A::Database> + Type<A::Database>,
{
    fn take(&mut self, value: &Value<'_>) -> sqlx::Result<()> {
        match value {
            Value::Uuid(uuid) => self.add(*uuid),
            Value::Int(number) => self.add(*number),
            Value::Text(text) => self.add(text.as_deref()),
            Value::Bytes(bytes) => self.add(bytes.as_deref()),
        }
        .map_err(sqlx::Error::Encode)
    }
}

#[cfg(any(feature = "sqlite", feature = "mysql"))]
mod without_arrays {
    use sqlx::Arguments;

    use super::Takes;
    use crate::driver::statement::Bound;
    use crate::driver::value::RowsSlice;

    /// Binds all values of a statement.
    pub(in crate::driver) fn one_by_one<A: Arguments + Takes>(bound: &[Bound<'_>]) -> sqlx::Result<A> {
        let mut arguments = A::default();
        arguments.reserve(bound.len(), bound.iter().map(Bound::bytes).sum());
        for bound in bound {
            match bound {
                Bound::Value(value) => arguments.take(value)?,
                Bound::Rows(rows) => take_all(&mut arguments, *rows)?,
                Bound::List(rows) => take_all(&mut arguments, rows.all())?,
            }
        }
        Ok(arguments)
    }

    fn take_all(arguments: &mut impl Takes, rows: RowsSlice<'_>) -> sqlx::Result<()> {
        rows.range()
            .try_for_each(|row| rows.values.iter().try_for_each(|column| arguments.take(&column.at(row))))
    }
}

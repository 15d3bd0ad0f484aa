//! Lists without room to spare.

/// Adds one to a list that grows. Many threads wait after their first supersteps, so
/// no room is made for more until there are some.
pub(super) fn push_tight<T>(list: &mut Vec<T>, item: T) {
    if list.len() < 4 {
        list.reserve_exact(1);
    }
    list.push(item);
}

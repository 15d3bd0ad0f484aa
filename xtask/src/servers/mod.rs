//! The servers that tests run against: Postgres, without pgvector and with it, Redis and a
//! Redis Cluster, each started on free ports of the loopback with data folders of its own,
//! and stopped at the end.

mod folder;
mod pgvector;
mod postgres;
mod redis;
mod running;
mod start;

pub(crate) use start::Servers;

//! Connects to a server or a Cluster, and looks at what is there before it is used.

use std::collections::HashMap;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClientBuilder;
use redis::{Client, ConnectionAddr, ConnectionInfo, FromRedisValue, IntoConnectionInfo};

use crate::call::Call;
use crate::error::RedisError;
use crate::keys::Keys;
use crate::options::RedisOptions;
use crate::script::LAYOUT;
use crate::server::{Server, Wire};

/// The layout that this build writes. 1 is the first.
const KNOWN: u64 = 1;

/// Tries to connect again after the connection broke, 0.75 s in all.
const RECONNECTS: usize = 4;
const FIRST_WAIT: Duration = Duration::from_millis(50);

pub(crate) async fn one(url: &str, options: &RedisOptions) -> Result<Server, RedisError> {
    let info = parse(url)?;
    let address = info.addr().to_string();
    let failed = |error| RedisError::of(&address, error);
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(RECONNECTS)
        .set_min_delay(FIRST_WAIT)
        .set_response_timeout(Some(options.response_timeout))
        .set_connection_timeout(Some(options.response_timeout));
    let client = Client::open(info).map_err(failed)?;
    let manager = ConnectionManager::new_with_config(client, config).await;
    let wire = Wire::One(manager.map_err(failed)?);
    Ok(Server::new(address.as_str().into(), wire))
}

pub(crate) async fn cluster<U: AsRef<str>>(
    nodes: &[U],
    options: &RedisOptions,
) -> Result<Server, RedisError> {
    let nodes = nodes.iter().map(|url| parse(url.as_ref()));
    let nodes = nodes.collect::<Result<Vec<_>, _>>()?;
    let addresses: Vec<_> = nodes.iter().map(|node| node.addr().to_string()).collect();
    let address = addresses.join(",");
    let failed = |error| RedisError::of(&address, error);
    // The driver would repeat whatever broke, also what happened; `Server` knows better.
    let client = ClusterClientBuilder::new(nodes)
        .retries(0)
        .response_timeout(options.response_timeout)
        .overall_response_timeout(Some(options.response_timeout))
        .connection_timeout(options.response_timeout)
        .build();
    let connection = client.map_err(failed)?.get_async_connection().await;
    let wire = Wire::Cluster(connection.map_err(failed)?);
    Ok(Server::new(address.as_str().into(), wire))
}

fn parse(url: &str) -> Result<ConnectionInfo, RedisError> {
    let info = url.into_connection_info();
    let info = info.map_err(|source| RedisError::BadAddress {
        source: std::sync::Arc::new(source),
    })?;
    if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
        // Whoever came first has chosen: then it is no error that ours is not taken.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
    Ok(info)
}

/// Refuses what a newer build has written, and says so if nothing outlives the server.
pub(crate) async fn inspect(
    server: &Server,
    keys: &Keys,
    options: &RedisOptions,
) -> Result<(), RedisError> {
    let call = Call::new(&LAYOUT, &[keys.layout()]).with(KNOWN.to_string());
    let found = server.run(&call).await?.number()?;
    if found > KNOWN {
        return Err(RedisError::NewerLayout {
            prefix: options.prefix.clone(),
            found,
            known: KNOWN,
        });
    }
    warn_of_loss(server, options.ttl.is_some()).await;
    Ok(())
}

/// Says what the server would lose. Whoever may not read the configuration is told nothing. Keys that expire are those that
/// a `volatile` policy evicts.
pub(crate) async fn warn_of_loss(server: &Server, keys_expire: bool) {
    let mut question = redis::cmd("CONFIG");
    question
        .arg("GET")
        .arg("appendonly")
        .arg("appendfsync")
        .arg("maxmemory-policy");
    let Ok(answer) = server.send(&question).await else {
        return;
    };
    // A Cluster answers with a map for each of its nodes, or for one.
    let Ok(settings) = HashMap::<String, String>::from_redis_value(answer) else {
        return;
    };
    let is = |name: &str, value: &str| settings.get(name).is_some_and(|found| found == value);
    let address = &*server.address;
    if is("appendonly", "no") {
        tracing::warn!(
            address,
            "redis keeps no log: what was acknowledged is lost when it stops; set `appendonly yes`, and `appendfsync always` to lose nothing in a power cut"
        );
    } else if is("appendonly", "yes") && !is("appendfsync", "always") {
        let appendfsync = settings.get("appendfsync").map_or("", String::as_str);
        tracing::info!(
            address,
            appendfsync,
            "a power cut may take the last moments from redis; `appendfsync always` loses nothing"
        );
    }
    if settings.get("maxmemory-policy").is_some_and(|policy| {
        policy.starts_with("allkeys") || keys_expire && policy.starts_with("volatile")
    }) {
        tracing::warn!(
            address,
            "redis may evict what it keeps when its memory is full; set `maxmemory-policy noeviction`"
        );
    }
}

-- What the home database keeps for the whole cluster: which hospitals there are, and the secrets that its hosts share.

create table tenant_directory (
  slug text collate "C" primary key,
  name text not null,
  status smallint not null, -- 0 active, 1 suspended, 2 closed
  pool text not null,
  database text not null,
  created timestamptz not null
);

create table cluster_secret (
  name text primary key,
  value bytea not null
);

-- What the home database keeps for the whole cluster: which hospitals there are, and the secrets that its hosts share.

create table tenant_directory (
  slug text primary key,
  name text not null,
  status integer not null, -- 0 active, 1 suspended, 2 closed
  pool text not null,
  database text not null,
  created integer not null
);

create table cluster_secret (
  name text primary key,
  value blob not null
);

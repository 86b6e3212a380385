-- Every silo asks every second which hospitals are outside the community pool: few, of many.
create index tenant_directory_private on tenant_directory (slug, pool) where pool <> 'community';

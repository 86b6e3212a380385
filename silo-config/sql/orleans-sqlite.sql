-- What Orleans' AdoNet persistence needs on SQLite, the embedded default: grain state alone (one host forms its cluster by
-- itself and keeps its reminders in memory). Running this file again changes nothing but the statements.

create table if not exists OrleansQuery (
  QueryKey text primary key,
  QueryText text not null
);

create table if not exists OrleansStorage (
  ServiceId text not null,
  GrainTypeString text not null,
  GrainIdN0 integer not null,
  GrainIdN1 integer not null,
  GrainIdExtensionString text,
  GrainIdHash integer not null,
  GrainTypeHash integer not null,
  PayloadBinary blob,
  ModifiedOn text not null default current_timestamp,
  Version integer not null
);

-- The whole identity, nulls too: two first writes of one grain have one winner.
create unique index if not exists OrleansStorageIdentity
  on OrleansStorage (GrainIdHash, GrainTypeHash, ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, coalesce(GrainIdExtensionString, ''));

insert or replace into OrleansQuery (QueryKey, QueryText) values
('ReadFromStorageKey', '
  select PayloadBinary, Version
  from OrleansStorage
  where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and ServiceId = @ServiceId
    and GrainTypeString = @GrainTypeString and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
    and coalesce(GrainIdExtensionString, '''') = coalesce(@GrainIdExtensionString, '''')'),
('WriteToStorageKey', '
  insert into OrleansStorage (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString, GrainIdHash, GrainTypeHash, PayloadBinary, Version)
  select @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, @GrainIdExtensionString, @GrainIdHash, @GrainTypeHash, @PayloadBinary, 1
  where @GrainStateVersion is null or exists (
    select 1 from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and ServiceId = @ServiceId
      and GrainTypeString = @GrainTypeString and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and coalesce(GrainIdExtensionString, '''') = coalesce(@GrainIdExtensionString, ''''))
  on conflict (GrainIdHash, GrainTypeHash, ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, coalesce(GrainIdExtensionString, ''''))
  do update set PayloadBinary = excluded.PayloadBinary, ModifiedOn = current_timestamp, Version = Version + 1
  where Version = @GrainStateVersion;
  select case when changes() = 1 then coalesce(@GrainStateVersion, 0) + 1 else @GrainStateVersion end as NewGrainStateVersion'),
('ClearStorageKey', '
  update OrleansStorage
  set PayloadBinary = null, ModifiedOn = current_timestamp, Version = Version + 1
  where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and ServiceId = @ServiceId
    and GrainTypeString = @GrainTypeString and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
    and coalesce(GrainIdExtensionString, '''') = coalesce(@GrainIdExtensionString, '''')
    and Version = @GrainStateVersion;
  select @GrainStateVersion + changes() as NewGrainStateVersion'),
('DeleteStorageKey', '
  delete from OrleansStorage
  where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and ServiceId = @ServiceId
    and GrainTypeString = @GrainTypeString and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
    and coalesce(GrainIdExtensionString, '''') = coalesce(@GrainIdExtensionString, '''')
    and Version = @GrainStateVersion;
  select @GrainStateVersion + changes() as NewGrainStateVersion');

-- What Orleans' AdoNet providers need on PostgreSQL 15 or later: grain state, cluster membership and reminders.
-- Orleans reads its statements from OrleansQuery and binds parameters and columns by name. Running this file again
-- changes nothing but the statements, which become those of the release that runs it.

create table if not exists OrleansQuery (
  QueryKey varchar(64) primary key,
  QueryText text not null
);

-- Grain state ---------------------------------------------------------------------------------------------------------

create table if not exists OrleansStorage (
  ServiceId varchar(150) not null,
  GrainTypeString varchar(512) not null,
  GrainIdN0 bigint not null,
  GrainIdN1 bigint not null,
  GrainIdExtensionString varchar(512),
  GrainIdHash integer not null,
  GrainTypeHash integer not null,
  PayloadBinary bytea,
  ModifiedOn timestamptz not null default now(),
  Version integer not null
);

-- The whole identity, nulls too: two first writes of one grain have one winner.
create unique index if not exists OrleansStorageIdentity
  on OrleansStorage (GrainIdHash, GrainTypeHash, ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString) nulls not distinct;

insert into OrleansQuery (QueryKey, QueryText) values
('ReadFromStorageKey', $q$
  select PayloadBinary, ModifiedOn, Version
  from OrleansStorage
  where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and ServiceId = @ServiceId
    and GrainTypeString = @GrainTypeString and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
    and GrainIdExtensionString is not distinct from cast(@GrainIdExtensionString as varchar)
$q$),
('WriteToStorageKey', $q$
  with updated as (
    update OrleansStorage
    set PayloadBinary = @PayloadBinary, ModifiedOn = now(), Version = Version + 1
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and ServiceId = @ServiceId
      and GrainTypeString = @GrainTypeString and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and GrainIdExtensionString is not distinct from cast(@GrainIdExtensionString as varchar)
      and Version = cast(@GrainStateVersion as integer)
    returning Version
  ), inserted as (
    insert into OrleansStorage (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString, GrainIdHash, GrainTypeHash, PayloadBinary, Version)
    select @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, cast(@GrainIdExtensionString as varchar), @GrainIdHash, @GrainTypeHash, @PayloadBinary, 1
    where cast(@GrainStateVersion as integer) is null
    on conflict do nothing
    returning Version
  )
  select coalesce((select Version from updated), (select Version from inserted), cast(@GrainStateVersion as integer)) as NewGrainStateVersion
$q$),
('ClearStorageKey', $q$
  with cleared as (
    update OrleansStorage
    set PayloadBinary = null, ModifiedOn = now(), Version = Version + 1
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and ServiceId = @ServiceId
      and GrainTypeString = @GrainTypeString and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and GrainIdExtensionString is not distinct from cast(@GrainIdExtensionString as varchar)
      and Version = cast(@GrainStateVersion as integer)
    returning Version
  )
  select coalesce((select Version from cleared), cast(@GrainStateVersion as integer)) as NewGrainStateVersion
$q$),
('DeleteStorageKey', $q$
  with deleted as (
    delete from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and ServiceId = @ServiceId
      and GrainTypeString = @GrainTypeString and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and GrainIdExtensionString is not distinct from cast(@GrainIdExtensionString as varchar)
      and Version = cast(@GrainStateVersion as integer)
    returning Version + 1 as Version
  )
  select coalesce((select Version from deleted), cast(@GrainStateVersion as integer)) as NewGrainStateVersion
$q$)
on conflict (QueryKey) do update set QueryText = excluded.QueryText;

-- Membership ----------------------------------------------------------------------------------------------------------

create table if not exists OrleansMembershipVersionTable (
  DeploymentId varchar(150) primary key,
  Timestamp timestamptz not null default now(),
  Version integer not null default 0
);

create table if not exists OrleansMembershipTable (
  DeploymentId varchar(150) not null,
  Address varchar(45) not null,
  Port integer not null,
  Generation integer not null,
  SiloName varchar(150) not null,
  HostName varchar(150) not null,
  Status integer not null,
  ProxyPort integer,
  SuspectTimes text,
  StartTime timestamptz not null,
  IAmAliveTime timestamptz not null,
  primary key (DeploymentId, Address, Port, Generation)
);

insert into OrleansQuery (QueryKey, QueryText) values
('InsertMembershipVersionKey', $q$
  with inserted as (
    insert into OrleansMembershipVersionTable (DeploymentId) values (@DeploymentId) on conflict do nothing returning 1
  )
  select cast(count(*) as integer) as RowCount from inserted
$q$),
('InsertMembershipKey', $q$
  with bumped as (
    update OrleansMembershipVersionTable
    set Timestamp = now(), Version = Version + 1
    where DeploymentId = @DeploymentId and Version = @Version
      and not exists (
        select 1 from OrleansMembershipTable
        where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation)
    returning 1
  ), inserted as (
    insert into OrleansMembershipTable (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
    select @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort,
      cast(@StartTime as timestamptz), cast(@IAmAliveTime as timestamptz)
    from bumped
    returning 1
  )
  select cast(count(*) as integer) as RowCount from inserted
$q$),
('UpdateMembershipKey', $q$
  with bumped as (
    update OrleansMembershipVersionTable
    set Timestamp = now(), Version = Version + 1
    where DeploymentId = @DeploymentId and Version = @Version
      and exists (
        select 1 from OrleansMembershipTable
        where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation)
    returning 1
  ), updated as (
    update OrleansMembershipTable
    set Status = @Status, SuspectTimes = cast(@SuspectTimes as text), IAmAliveTime = cast(@IAmAliveTime as timestamptz)
    from bumped
    where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation
    returning 1
  )
  select cast(count(*) as integer) as RowCount from updated
$q$),
('UpdateIAmAlivetimeKey', $q$
  update OrleansMembershipTable
  set IAmAliveTime = cast(@IAmAliveTime as timestamptz)
  where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation
$q$),
('MembershipReadRowKey', $q$
  select v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort,
    m.SuspectTimes, m.StartTime, m.IAmAliveTime, v.Version
  from OrleansMembershipVersionTable v
  left join OrleansMembershipTable m
    on m.DeploymentId = v.DeploymentId and m.Address = @Address and m.Port = @Port and m.Generation = @Generation
  where v.DeploymentId = @DeploymentId
$q$),
('MembershipReadAllKey', $q$
  select v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort,
    m.SuspectTimes, m.StartTime, m.IAmAliveTime, v.Version
  from OrleansMembershipVersionTable v
  left join OrleansMembershipTable m on m.DeploymentId = v.DeploymentId
  where v.DeploymentId = @DeploymentId
$q$),
('GatewaysQueryKey', $q$
  select Address, ProxyPort, Generation
  from OrleansMembershipTable
  where DeploymentId = @DeploymentId and Status = @Status and ProxyPort > 0
$q$),
('DeleteMembershipTableEntriesKey', $q$
  with silos as (delete from OrleansMembershipTable where DeploymentId = @DeploymentId)
  delete from OrleansMembershipVersionTable where DeploymentId = @DeploymentId
$q$),
('CleanupDefunctSiloEntriesKey', $q$
  delete from OrleansMembershipTable
  where DeploymentId = @DeploymentId and IAmAliveTime < cast(@IAmAliveTime as timestamptz) and Status <> 3
$q$)
on conflict (QueryKey) do update set QueryText = excluded.QueryText;

-- Reminders -----------------------------------------------------------------------------------------------------------

create table if not exists OrleansRemindersTable (
  ServiceId varchar(150) not null,
  GrainId varchar(600) not null,
  ReminderName varchar(150) not null,
  StartTime timestamptz not null,
  Period bigint not null,
  GrainHash integer not null,
  Version integer not null,
  primary key (ServiceId, GrainId, ReminderName)
);

create index if not exists OrleansRemindersRange on OrleansRemindersTable (ServiceId, GrainHash);

insert into OrleansQuery (QueryKey, QueryText) values
('UpsertReminderRowKey', $q$
  insert into OrleansRemindersTable as r (ServiceId, GrainId, ReminderName, StartTime, Period, GrainHash, Version)
  values (@ServiceId, @GrainId, @ReminderName, cast(@StartTime as timestamptz), @Period, @GrainHash, 0)
  on conflict (ServiceId, GrainId, ReminderName) do update
  set StartTime = excluded.StartTime, Period = excluded.Period, GrainHash = excluded.GrainHash, Version = r.Version + 1
  returning Version
$q$),
('ReadReminderRowsKey', $q$
  select GrainId, ReminderName, StartTime, Period, Version
  from OrleansRemindersTable where ServiceId = @ServiceId and GrainId = @GrainId
$q$),
('ReadReminderRowKey', $q$
  select GrainId, ReminderName, StartTime, Period, Version
  from OrleansRemindersTable where ServiceId = @ServiceId and GrainId = @GrainId and ReminderName = @ReminderName
$q$),
('ReadRangeRows1Key', $q$
  select GrainId, ReminderName, StartTime, Period, Version
  from OrleansRemindersTable where ServiceId = @ServiceId and GrainHash > @BeginHash and GrainHash <= @EndHash
$q$),
('ReadRangeRows2Key', $q$
  select GrainId, ReminderName, StartTime, Period, Version
  from OrleansRemindersTable where ServiceId = @ServiceId and (GrainHash > @BeginHash or GrainHash <= @EndHash)
$q$),
('DeleteReminderRowKey', $q$
  with deleted as (
    delete from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainId = @GrainId and ReminderName = @ReminderName and Version = @Version
    returning 1
  )
  select cast(count(*) as integer) as RowCount from deleted
$q$),
('DeleteReminderRowsKey', $q$
  delete from OrleansRemindersTable where ServiceId = @ServiceId
$q$)
on conflict (QueryKey) do update set QueryText = excluded.QueryText;

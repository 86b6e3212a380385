-- The orders that searches walk hold what exists only.
drop index resource_by_order;
drop index resource_by_time;
create index resource_by_order on resource (tenant, type, rid) where not deleted;
create index resource_by_time on resource (tenant, type, last_updated, rid) where not deleted;

-- The orders that searches walk hold what exists only. So a look-up by (tenant, type, id), which does not ask whether the resource
-- exists, has the primary key alone to go by: before the first statistics the planner took these for as good.
drop index resource_by_order;
drop index resource_by_time;
create index resource_by_order on resource (tenant, type, rid) where not deleted;
create index resource_by_time on resource (tenant, type, last_updated, rid) where not deleted;

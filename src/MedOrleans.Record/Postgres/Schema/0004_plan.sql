-- What each hospital is entitled to. Those that were there before plans have the one that a new hospital gets.

alter table tenant_directory add column plan text not null default 'hospital';

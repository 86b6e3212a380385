using MedOrleans.Record.Search;

namespace MedOrleans.Record.Store.Sql;

/// <summary>
/// A search as one SQL statement for both databases. One criterion leads: its entries are walked in the order of the
/// index, each is checked against the other criteria by its resource's own entries, and the walk ends when the page is full. So a page costs about what it
/// returns, however many match. The leading criterion is the one with the fewest entries, counted up to a small limit before (<see cref="Probe"/>).
/// </summary>
internal sealed class SearchSql(SearchQuery query, int tenant)
{
    /// <summary>Up to how many entries a probe counts.</summary>
    public const int ProbeLimit = 500;

    /// <summary>The positions of criteria that can lead.</summary>
    public IReadOnlyList<int> Candidates { get; } =
        [.. Enumerable.Range(0, query.Criteria.Count).Where(position => Leads(query.Criteria[position]))];

    /// <summary>Counts the entries of each candidate, each up to <see cref="ProbeLimit"/>: one row, a column a candidate.</summary>
    public SqlText Probe()
    {
        var sql = new SqlText().Add("select ");
        for (var i = 0; i < Candidates.Count; i++)
        {
            sql.Add(i == 0 ? "" : ", ").Add("(select count(*) from (select 1 ");
            From(sql, Candidates[i]);
            sql.Add($" limit {ProbeLimit}) c{i})");
        }

        return sql;
    }

    /// <summary>How many resources match.</summary>
    public SqlText Count(int driver)
    {
        var sql = new SqlText().Add("select count(distinct x.rid) ");
        From(sql, driver);
        Rest(sql, driver);
        return sql;
    }

    /// <summary>
    /// One page and one row more: <paramref name="columns"/> of alias <c>v</c>, then the values that a cursor keeps.
    /// </summary>
    public SqlText Page(int driver, SearchCursor? cursor, string columns)
    {
        var order = query.Sort.Count == 0 ? Natural(driver) : [];
        var sql = new SqlText();
        if (query.Sort.Count > 0)
        {
            Sorted(sql, driver, cursor, columns);
            return sql;
        }

        if (cursor is not null && cursor.Values.Count != order.Count)
        {
            throw SearchCursor.Wrong();
        }

        sql.Add($"select {columns}, {string.Join(", ", order.Select((_, i) => $"p.o{i}"))} from (select x.rid, {string.Join(", ", order.Select((column, i) => $"x.{column} as o{i}"))} ");
        From(sql, driver);
        Rest(sql, driver);
        Unrepeated(sql, driver, order);
        if (cursor is not null)
        {
            sql.Add($" and ({string.Join(", ", order.Select(column => $"x.{column}"))}) > (");
            for (var i = 0; i < order.Count; i++)
            {
                sql.Add(i == 0 ? "" : ", ").Bind(Typed(order[i], cursor.Values[i]));
            }

            sql.Add(")");
        }

        sql.Add($" order by {string.Join(", ", order.Select(column => $"x.{column}"))} limit ").Bind(query.Count + 1)
            .Add(") p join version v on v.rid = p.rid and v.version = (select max(w.version) from version w where w.rid = p.rid)")
            .Add($" order by {string.Join(", ", order.Select((_, i) => $"p.o{i}"))}");
        return sql;
    }

    private static bool Leads(SearchCriterion criterion)
    {
        if (criterion.Negated || criterion.AnyOf.Count == 0)
        {
            return false;
        }

        var first = PredicateSql.Entry(criterion.AnyOf[0]);
        return first is not null && criterion.AnyOf.All(predicate => PredicateSql.Entry(predicate) == first);
    }

    /// <summary>The order in which the driver's entries are walked; the last column is the resource.</summary>
    private IReadOnlyList<string> Natural(int driver) => driver < 0
        ? ["rid"]
        : query.Criteria[driver].AnyOf switch
        {
            [TextIs] => ["rid"],
            [RangeIs, ..] => ["low", "high", "rid"],
            _ => ["key", "rid"],
        };

    private void From(SqlText sql, int driver)
    {
        if (driver < 0)
        {
            sql.Add("from resource x where x.tenant = ").Bind(tenant).Add(" and x.type = ").Bind(query.Type).Add(" and not x.deleted");
            return;
        }

        var any = query.Criteria[driver].AnyOf;
        var (table, parameter) = PredicateSql.Entry(any[0])!.Value;
        sql.Add($"from {table} x where x.tenant = ").Bind(tenant).Add(" and x.param = ").Bind(parameter).Add(" and ");
        Entries(sql, any, "x");
    }

    private void Entries(SqlText sql, IReadOnlyList<SearchPredicate> any, string alias)
    {
        sql.Add("(");
        for (var i = 0; i < any.Count; i++)
        {
            sql.Add(i == 0 ? "(" : " or (");
            PredicateSql.OnEntry(sql, any[i], tenant, alias);
            sql.Add(")");
        }

        sql.Add(")");
    }

    private void Rest(SqlText sql, int driver)
    {
        for (var i = 0; i < query.Criteria.Count; i++)
        {
            if (i == driver)
            {
                continue;
            }

            sql.Add(" and ");
            if (driver < 0 && query.Criteria[i] is { Negated: false, AnyOf: var ids } && ids.Count > 0 && ids.All(predicate => predicate is IdIs))
            {
                sql.Add("x.id in (");
                for (var id = 0; id < ids.Count; id++)
                {
                    sql.Add(id == 0 ? "" : ", ").Bind(((IdIs)ids[id]).Id);
                }

                sql.Add(")");
            }
            else if (driver < 0 && query.Criteria[i] is { Negated: false, AnyOf: [LastUpdatedIs updated] })
            {
                PredicateSql.Compare(sql, updated.Comparison, updated.Low, updated.High, "x.last_updated", "x.last_updated", static value => new Instant(value));
            }
            else
            {
                PredicateSql.Holds(sql, query.Criteria[i], tenant, query.Type, "x.rid");
            }
        }
    }

    /// <summary>Of a resource's several matching entries only the first in the walk's order counts.</summary>
    private void Unrepeated(SqlText sql, int driver, IReadOnlyList<string> order)
    {
        if (driver < 0 || order.Count == 1)
        {
            return;
        }

        var any = query.Criteria[driver].AnyOf;
        var (table, parameter) = PredicateSql.Entry(any[0])!.Value;
        var columns = order.SkipLast(1).ToList();
        sql.Add($" and not exists (select 1 from {table} d where d.rid = x.rid and d.param = ").Bind(parameter).Add(" and +d.tenant = ").Bind(tenant)
            .Add($" and ({string.Join(", ", columns.Select(column => $"d.{column}"))}) < ({string.Join(", ", columns.Select(column => $"x.{column}"))}) and ");
        Entries(sql, any, "d");
        sql.Add(")");
    }

    /// <summary>A sorted search looks up the sort values of everything that matches; missing values come last, ties are in order of creation.</summary>
    private void Sorted(SqlText sql, int driver, SearchCursor? cursor, string columns)
    {
        var keys = query.Sort.Count;
        if (cursor is not null && cursor.Values.Count != keys + 1)
        {
            throw SearchCursor.Wrong();
        }

        sql.Add($"select {columns}, {string.Join(", ", Enumerable.Range(0, keys).Select(i => $"p.s{i}"))}, p.rid from (select m.rid");
        for (var i = 0; i < keys; i++)
        {
            sql.Add(", (");
            SortValue(sql, query.Sort[i]);
            sql.Add($") as s{i}");
        }

        sql.Add(" from (select distinct x.rid ");
        From(sql, driver);
        Rest(sql, driver);
        sql.Add(") m) p join version v on v.rid = p.rid and v.version = (select max(w.version) from version w where w.rid = p.rid)");
        if (cursor is not null)
        {
            sql.Add(" where ");
            After(sql, cursor);
        }

        sql.Add($" order by {string.Join(", ", query.Sort.Select((sort, i) => $"case when p.s{i} is null then 1 else 0 end, p.s{i}{(sort.Descending ? " desc" : "")}"))}, p.rid limit ")
            .Bind(query.Count + 1);
    }

    private void SortValue(SqlText sql, SearchSort sort)
    {
        switch (sort.Target)
        {
            case SortTarget.Id:
                sql.Add("select q.id from resource q where q.tenant = ").Bind(tenant).Add(" and q.type = ").Bind(query.Type).Add(" and not q.deleted and q.rid = m.rid");
                break;
            case SortTarget.LastUpdated:
                sql.Add("select q.last_updated from resource q where q.tenant = ").Bind(tenant).Add(" and q.type = ").Bind(query.Type).Add(" and not q.deleted and q.rid = m.rid");
                break;
            default:
                var (table, column) = sort.Target == SortTarget.Text ? ("index_text", "key") : ("index_range", sort.Descending ? "high" : "low");
                sql.Add($"select {(sort.Descending ? "max" : "min")}(s.{column}) from {table} s where s.rid = m.rid and s.param = ").Bind(sort.Parameter)
                    .Add(" and +s.tenant = ").Bind(tenant);
                break;
        }
    }

    /// <summary>Everything that comes after the cursor: the same on the first keys and later on the next, or the same on all and later made.</summary>
    private void After(SqlText sql, SearchCursor cursor)
    {
        sql.Add("(");
        for (var i = 0; i <= query.Sort.Count; i++)
        {
            sql.Add(i == 0 ? "(" : " or (");
            for (var same = 0; same < i; same++)
            {
                if (cursor.Values[same] is { } equal)
                {
                    sql.Add($"p.s{same} = ").Bind(Typed(query.Sort[same], equal)).Add(" and ");
                }
                else
                {
                    sql.Add($"p.s{same} is null and ");
                }
            }

            if (i == query.Sort.Count)
            {
                sql.Add("p.rid > ").Bind(Typed("rid", cursor.Values[i]));
            }
            else if (cursor.Values[i] is { } value)
            {
                sql.Add($"(p.s{i} {(query.Sort[i].Descending ? "<" : ">")} ").Bind(Typed(query.Sort[i], value)).Add($" or p.s{i} is null)");
            }
            else
            {
                sql.Add("1 = 0");
            }

            sql.Add(")");
        }

        sql.Add(")");
    }

    private static object Typed(SearchSort sort, object value) => sort.Target switch
    {
        SortTarget.LastUpdated when value is long or double => new Instant(Convert.ToDouble(value, provider: null)),
        SortTarget.Range => Typed("low", value),
        SortTarget.Text or SortTarget.Id => Typed("key", value),
        _ => throw SearchCursor.Wrong(),
    };

    private static object Typed(string column, object? value) => (column, value) switch
    {
        ("key", string text) => text,
        ("rid", long rid) => rid,
        ("low" or "high", long whole) => (double)whole,
        ("low" or "high", double number) => number,
        _ => throw SearchCursor.Wrong(),
    };
}

using MedOrleans.Record.Search;

namespace MedOrleans.Record.Store.Sql;

/// <summary>
/// Predicates as SQL that both databases read alike. A unary plus before <c>tenant</c> keeps the key index out where the
/// resource's own entries (rid, param) are the shorter way.
/// </summary>
internal static class PredicateSql
{
    /// <summary>What a resource (<paramref name="rid"/>, an expression of ours) must be for the criterion to hold.</summary>
    public static void Holds(SqlText sql, SearchCriterion criterion, int tenant, string type, string rid)
    {
        sql.Add(criterion.Negated ? "not (" : "(");
        for (var i = 0; i < criterion.AnyOf.Count; i++)
        {
            sql.Add(i == 0 ? "" : " or ");
            Exists(sql, criterion.AnyOf[i], tenant, type, rid);
        }

        sql.Add(criterion.AnyOf.Count == 0 ? "1 = 0)" : ")");
    }

    /// <summary>The condition on the columns of an index entry <paramref name="x"/> (key, low, high), tenant and parameter apart.</summary>
    public static void OnEntry(SqlText sql, SearchPredicate predicate, int tenant, string x)
    {
        switch (predicate)
        {
            case TextIs text:
                sql.Add($"{x}.key = ").Bind(text.Key);
                break;
            case TextStartsWith text:
                sql.Add($"{x}.key >= ").Bind(text.Prefix);
                if (After(text.Prefix) is { } after)
                {
                    sql.Add($" and {x}.key < ").Bind(after);
                }

                break;
            case TextContains text:
                sql.Add($"{x}.key like ").Bind($"%{Escape(text.Part)}%").Add(" escape '\\'");
                break;
            case TextEndsWith text:
                sql.Add($"{x}.key like ").Bind($"%{Escape(text.Suffix)}").Add(" escape '\\'");
                break;
            case RangeIs range:
                sql.Add($"{x}.key = ").Bind(range.Key).Add(" and ");
                Compare(sql, range.Comparison, range.Low, range.High, $"{x}.low", $"{x}.high", static value => value);
                break;
            case ReferenceTo reference:
                sql.Add($"{x}.key in (");
                Targets(sql, reference.Target, tenant);
                sql.Add(")");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(predicate));
        }
    }

    /// <summary>How the stored [low, high] must stand to the searched one.</summary>
    public static void Compare(SqlText sql, RangeComparison comparison, double low, double high, string lowColumn, string highColumn, Func<double, object> value)
    {
        SqlText Low(string column, string comparer) => sql.Add($"{column} {comparer} ").Bind(value(low));
        SqlText High(string column, string comparer) => sql.Add($"{column} {comparer} ").Bind(value(high));
        switch (comparison)
        {
            case RangeComparison.Within:
                // The third condition follows from the others; it gives the walk along the index its end.
                Low(lowColumn, ">=").Add(" and ");
                High(highColumn, "<=").Add(" and ");
                High(lowColumn, "<=");
                break;
            case RangeComparison.NotWithin:
                sql.Add("(");
                Low(lowColumn, "<").Add(" or ");
                High(highColumn, ">").Add(")");
                break;
            case RangeComparison.ReachesAbove:
                High(highColumn, ">");
                break;
            case RangeComparison.ReachesBelow:
                Low(lowColumn, "<");
                break;
            case RangeComparison.ReachesAboveOrWithin:
                sql.Add("(");
                Low(lowColumn, ">=").Add(" or ");
                High(highColumn, ">").Add(")");
                break;
            case RangeComparison.ReachesBelowOrWithin:
                sql.Add("(");
                High(highColumn, "<=").Add(" or ");
                Low(lowColumn, "<").Add(")");
                break;
            case RangeComparison.StartsAfter:
                High(lowColumn, ">");
                break;
            case RangeComparison.EndsBefore:
                Low(highColumn, "<");
                break;
            case RangeComparison.Overlaps:
                High(lowColumn, "<=").Add(" and ");
                Low(highColumn, ">=");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(comparison));
        }
    }

    /// <summary>The parameter and table of an entry predicate; null for predicates on the resource itself.</summary>
    public static (string Table, int Parameter)? Entry(SearchPredicate predicate) => predicate switch
    {
        TextIs text => ("index_text", text.Parameter),
        TextStartsWith text => ("index_text", text.Parameter),
        TextContains text => ("index_text", text.Parameter),
        TextEndsWith text => ("index_text", text.Parameter),
        ReferenceTo reference => ("index_text", reference.Parameter),
        RangeIs range => ("index_range", range.Parameter),
        _ => null,
    };

    private static void Exists(SqlText sql, SearchPredicate predicate, int tenant, string type, string rid)
    {
        switch (predicate)
        {
            case Never:
                sql.Add("1 = 0");
                break;
            case IdIs id:
                sql.Add("exists (select 1 from resource q where q.tenant = ").Bind(tenant).Add(" and q.type = ").Bind(type)
                    .Add(" and q.id = ").Bind(id.Id).Add($" and q.rid = {rid})");
                break;
            case LastUpdatedIs updated:
                sql.Add("exists (select 1 from resource q where q.tenant = ").Bind(tenant).Add(" and q.type = ").Bind(type).Add($" and not q.deleted and q.rid = {rid} and ");
                Compare(sql, updated.Comparison, updated.Low, updated.High, "q.last_updated", "q.last_updated", static value => new Instant(value));
                sql.Add(")");
                break;
            case IsMissing missing:
                sql.Add(missing.Missing ? "not " : "").Add($"exists (select 1 from {(missing.InRange ? "index_range" : "index_text")} y where y.rid = {rid} and y.param = ")
                    .Bind(missing.Parameter).Add(" and +y.tenant = ").Bind(tenant).Add(")");
                break;
            default:
                var (table, parameter) = Entry(predicate) ?? throw new ArgumentOutOfRangeException(nameof(predicate));
                sql.Add($"exists (select 1 from {table} y where y.rid = {rid} and y.param = ").Bind(parameter).Add(" and +y.tenant = ").Bind(tenant).Add(" and ");
                OnEntry(sql, predicate, tenant, "y");
                sql.Add(")");
                break;
        }
    }

    private static void Targets(SqlText sql, SearchQuery target, int tenant)
    {
        sql.Add("select z.type || '/' || z.id from resource z where z.tenant = ").Bind(tenant).Add(" and z.type = ").Bind(target.Type).Add(" and not z.deleted");
        foreach (var criterion in target.Criteria)
        {
            if (!criterion.Negated && criterion.AnyOf.Count > 0 && criterion.AnyOf.All(predicate => Entry(predicate) is not null))
            {
                sql.Add(" and z.rid in (");
                for (var i = 0; i < criterion.AnyOf.Count; i++)
                {
                    var (table, parameter) = Entry(criterion.AnyOf[i])!.Value;
                    sql.Add(i == 0 ? "" : " union ").Add($"select w.rid from {table} w where w.tenant = ").Bind(tenant).Add(" and w.param = ").Bind(parameter).Add(" and ");
                    OnEntry(sql, criterion.AnyOf[i], tenant, "w");
                }

                sql.Add(")");
            }
            else
            {
                sql.Add(" and ");
                Holds(sql, criterion, tenant, target.Type, "z.rid");
            }
        }
    }

    /// <summary>The least text after every text that begins with <paramref name="prefix"/>, by UTF-8 bytes; null where there is none.</summary>
    private static string? After(string prefix)
    {
        for (var length = prefix.Length; length > 0; length--)
        {
            var last = prefix[length - 1];

            // Surrogates come in pairs, and U+FFFF has no successor: what is before them is counted up instead, which only widens the range.
            if (last < '\ud7ff')
            {
                return prefix[..(length - 1)] + (char)(last + 1);
            }
        }

        return null;
    }

    private static string Escape(string part) => part
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}

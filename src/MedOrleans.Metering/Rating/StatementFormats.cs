using System.Globalization;
using System.Net;
using System.Text;
using MedOrleans.Rating;

namespace MedOrleans.Metering.Rating;

/// <summary>A statement as other programs and people read it.</summary>
internal static class StatementFormats
{
    private const string Provider = "MedOrleans";

    /// <summary>The columns of <see cref="Focus"/>: FOCUS 1.2 of the FinOps Foundation, those that apply.</summary>
    public static readonly IReadOnlyList<string> FocusColumns =
    [
        "BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart",
        "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart",
        "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "ContractedUnitPrice", "EffectiveCost", "InvoiceId", "InvoiceIssuerName",
        "ListCost", "ListUnitPrice", "PricingCategory", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName",
        "ResourceId", "ResourceName", "ResourceType", "ServiceCategory", "ServiceName", "ServiceSubcategory", "SkuId", "SkuMeter", "SkuPriceId",
        "SubAccountId", "SubAccountName", "SubAccountType", "Tags",
    ];

    /// <summary>One row a line, RFC 4180.</summary>
    public static string Csv(Statement statement) => Table(
        ["statement", "month", "kind", "meter", "description", "from", "to", "plan", "rate_card", "version", "tier", "quantity", "unit", "unit_size", "unit_price", "amount", "currency", "for_month"],
        statement.Lines.Select(line => (IReadOnlyList<string?>)
        [
            statement.Number, statement.Month, Name(line.Kind), line.Meter, line.Description, Time(line.From), Time(line.To), line.Plan, line.RateCard,
            line.Version?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), line.Tier?.ToString(CultureInfo.InvariantCulture), Number(line.Quantity), line.Unit,
            Number(line.UnitSize), Number(line.UnitPrice), Money(line.Amount), statement.Currency, line.ForMonth,
        ]));

    /// <summary>FOCUS 1.2 rows: what is charged, a minimum as an adjustment, late usage as a correction with the charge period of its own month.</summary>
    public static string Focus(Statement statement)
    {
        var month = BillingMonth.Parse(statement.Month);
        return Table(FocusColumns, statement.Lines.Where(line => line.Kind != LineKind.Unpriced).Select(line =>
        {
            var exact = line.UnitSize is { } size && line.UnitPrice is { } price ? line.Quantity / size * price : line.Amount;
            var isUsage = line.Kind is LineKind.Included or LineKind.Usage;
            return (IReadOnlyList<string?>)
            [
                Money(line.Amount), statement.Tenant, statement.TenantName, "Hospital", statement.Currency, Time(month.End), Time(month.Start),
                line.Kind == LineKind.Minimum ? "Adjustment" : "Usage", line.Kind == LineKind.Adjustment ? "Correction" : null, line.Description,
                line.Kind == LineKind.Minimum ? "Recurring" : "Usage-Based", Time(line.To), Time(line.From),
                isUsage ? Number(line.Quantity) : null, isUsage ? Usage.Meters.Find(line.Meter!)?.Unit : null, Number(exact), Number(line.UnitPrice), Money(line.Amount), statement.Number, statement.Issuer,
                Number(exact), Number(line.UnitPrice), isUsage ? "Standard" : null, isUsage ? Number(line.Quantity / line.UnitSize) : null, isUsage ? line.Unit : null, Provider, Provider,
                $"{statement.Tenant}/{line.Meter ?? "month"}", line.Meter, "Meter", CategoryOf(line.Meter), "Hospital record", SubcategoryOf(line.Meter),
                line.Meter, line.Meter, line is { Meter: { } meter, RateCard: { } card } ? string.Create(CultureInfo.InvariantCulture, $"{card}/{line.Version:yyyy-MM-dd}/{meter}/{line.Tier ?? 0}") : null,
                statement.Tenant, statement.TenantName, "Hospital", line.Plan is { } plan ? $"{{\"plan\":\"{plan}\"}}" : "{}",
            ];
        }));
    }

    /// <summary>A page to print: A4, no scripts.</summary>
    public static string Html(Statement statement)
    {
        var rows = new StringBuilder();
        foreach (var line in statement.Lines)
        {
            var price = line.UnitPrice is { } unit && line.Kind != LineKind.Included ? $"{Number(unit)} / {line.Unit}" : "";
            rows.Append(CultureInfo.InvariantCulture, $"""
                <tr class="{Name(line.Kind)}"><td>{Text(line.Description)}<small>{line.From.UtcDateTime:d MMM} to {line.To.UtcDateTime.AddSeconds(-1):d MMM yyyy}{(line.Plan is null ? "" : $", plan {Text(line.Plan)}")}</small></td><td class="n">{Quantity(line)}</td><td class="n">{Text(price)}</td><td class="n">{Money(line.Amount)}</td></tr>

                """);
        }

        return $$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Statement {{Text(statement.Number)}}</title>
            <style>
            @page { size: A4; margin: 18mm; }
            :root { color-scheme: light dark; }
            body { font: 14px/1.45 system-ui, sans-serif; max-width: 800px; margin: 2rem auto; padding: 0 1rem; }
            header { display: flex; justify-content: space-between; flex-wrap: wrap; gap: 1rem; border-bottom: 2px solid; padding-bottom: 1rem; }
            h1 { margin: 0; font-size: 1.5rem; }
            table { width: 100%; border-collapse: collapse; margin: 1.5rem 0; }
            th { text-align: left; border-bottom: 1px solid; padding: .4rem; }
            td { padding: .4rem; border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); vertical-align: top; }
            td small { display: block; opacity: .7; }
            .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
            tr.included td, tr.unpriced td { opacity: .75; }
            tfoot td { border: 0; }
            tfoot tr:last-child td { font-weight: 700; font-size: 1.15rem; border-top: 2px solid; }
            footer { font-size: .8rem; opacity: .75; overflow-wrap: anywhere; }
            .draft { border: 1px solid; padding: .1rem .5rem; border-radius: .3rem; font-size: .9rem; vertical-align: middle; }
            @media print { body { margin: 0; max-width: none; } thead { display: table-header-group; } tr { break-inside: avoid; } }
            </style>
            </head>
            <body>
            <header>
            <div><h1>Statement {{Text(statement.Number)}}{{(statement.Status == StatementStatus.Draft ? " <span class=\"draft\">draft</span>" : "")}}</h1><div>{{Text(statement.TenantName)}}</div></div>
            <div>{{Text(statement.Issuer)}}<br>{{BillingMonth.Parse(statement.Month).Start.UtcDateTime.ToString("MMMM yyyy", CultureInfo.InvariantCulture)}}{{(statement.ClosedAt is { } closed ? string.Create(CultureInfo.InvariantCulture, $"<br>closed {closed.UtcDateTime:d MMM yyyy}") : "")}}</div>
            </header>
            <table>
            <thead><tr><th>Charge</th><th class="n">Quantity</th><th class="n">Price</th><th class="n">{{Text(statement.Currency)}}</th></tr></thead>
            <tbody>
            {{rows}}</tbody>
            <tfoot>
            <tr><td colspan="3" class="n">This month</td><td class="n">{{Money(statement.MonthTotal)}}</td></tr>
            <tr><td colspan="3" class="n">Adjustments of earlier months</td><td class="n">{{Money(statement.AdjustmentTotal)}}</td></tr>
            <tr><td colspan="3" class="n">Total</td><td class="n">{{Money(statement.Total)}}</td></tr>
            </tfoot>
            </table>
            <footer>Amounts are rounded: {{Text(statement.Rounding)}}. Times are UTC. Inputs (SHA-256): {{statement.InputsDigest}}</footer>
            </body>
            </html>
            """;
    }

    private static string Quantity(StatementLine line) => line.UnitSize is { } size
        ? $"{Math.Round(line.Quantity / size, 3).ToString("#,0.###", CultureInfo.InvariantCulture)} <small>{Text(line.Unit!)}</small>"
        : line.Kind == LineKind.Unpriced || line.Quantity != 0 ? line.Quantity.ToString("#,0.###", CultureInfo.InvariantCulture) : "";

    private static string Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string?>> rows)
    {
        var text = new StringBuilder().AppendJoin(',', columns).Append("\r\n");
        foreach (var row in rows)
        {
            text.AppendJoin(',', row.Select(Field)).Append("\r\n");
        }

        return text.ToString();
    }

    private static string Field(string? value) => value switch
    {
        null => "",
        _ when value.AsSpan().IndexOfAny(",\"\r\n") >= 0 => $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"",
        _ => value,
    };

    private static string? CategoryOf(string? meter) => meter?.Split('.')[0] switch
    {
        "storage" => "Storage",
        "network" => "Networking",
        "grain" => "Compute",
        _ => "Other",
    };

    private static string? SubcategoryOf(string? meter) => CategoryOf(meter) switch
    {
        "Storage" => "Other (Storage)",
        "Networking" => "Other (Networking)",
        "Compute" => "Other (Compute)",
        _ => "Other (Other)",
    };

    private static string Name(LineKind kind) => kind.ToString().ToLowerInvariant();

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static string Money(decimal amount) => amount.ToString("0.00", CultureInfo.InvariantCulture);

    private static string? Number(decimal? number) => number?.ToString("0.############", CultureInfo.InvariantCulture);
}

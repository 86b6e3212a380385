namespace MedOrleans.Record.Identity;

/// <summary>How sure it is that two Patients are one person (R4, ValueSet match-grade).</summary>
public enum MatchGrade
{
    /// <summary>They are not.</summary>
    CertainlyNot,

    /// <summary>They may be.</summary>
    Possible,

    /// <summary>They very likely are; somebody has to look.</summary>
    Probable,

    /// <summary>They are.</summary>
    Certain,
}

/// <summary>
/// Compares two Patients: a shared identifier decides; else weights in bits are added up over name, birth date, sex, address and phone, as Fellegi and Sunter
/// do. The table of weights and the reasons for the limits are in decision 0031.
/// </summary>
/// <param name="Grade">How sure it is.</param>
/// <param name="Bits">The sum of the weights.</param>
public readonly record struct MatchScore(MatchGrade Grade, double Bits)
{
    private const double Alike = 0.92;
    private const double Prior = 12;

    /// <summary>The probability that they are one person, given that one in 2^12 candidates is; 1 where an identifier decided.</summary>
    public double Probability => double.IsPositiveInfinity(Bits) ? 1 : Math.Round(1 / (1 + Math.Pow(2, Prior - Bits)), 4);

    /// <summary>Compares.</summary>
    public static MatchScore Of(PatientTraits sought, PatientTraits found)
    {
        var (family, given) = Name(sought, found);
        var born = BirthDate(sought.BirthDate, found.BirthDate);
        if (sought.Identifiers.Intersect(found.Identifiers).Any())
        {
            // A number that was typed wrongly, or given out twice, shows in a person who has nothing else in common.
            return family < 0 && born < 0 ? new MatchScore(MatchGrade.Possible, Prior) : new MatchScore(MatchGrade.Certain, double.PositiveInfinity);
        }

        var sex = sought.Gender.Length == 0 || found.Gender.Length == 0 ? 0 : sought.Gender == found.Gender ? 1 : -4;
        var bits = family + given + born + sex + Address(sought, found) + Phone(sought, found);
        var grade = bits >= 24 ? MatchGrade.Certain : bits >= 17 ? MatchGrade.Probable : bits >= 9 ? MatchGrade.Possible : MatchGrade.CertainlyNot;

        // Twins share all but the given name; parent and child all but the birth date.
        var limit = given < 0 || born < 0 ? MatchGrade.Possible
            : given < 3 || family < 4 || born < 9 || sex < 0 ? MatchGrade.Probable
            : MatchGrade.Certain;
        return new MatchScore(grade < limit ? grade : limit, bits);
    }

    private static (double Family, double Given) Name(PatientTraits sought, PatientTraits found)
    {
        var best = (Family: 0d, Given: 0d);
        var any = false;
        foreach (var left in sought.Names)
        {
            foreach (var right in found.Names)
            {
                var pair = Name(left, right);
                if (!any || pair.Family + pair.Given > best.Family + best.Given)
                {
                    (best, any) = (pair, true);
                }
            }
        }

        return best;
    }

    private static (double Family, double Given) Name((string Family, IReadOnlyList<string> Given) left, (string Family, IReadOnlyList<string> Given) right)
    {
        if (left.Family != right.Family && left.Given.Contains(right.Family) && right.Given.Contains(left.Family))
        {
            return (5, 3);
        }

        var family = left.Family.Length == 0 || right.Family.Length == 0 ? 0
            : JaroWinkler.Of(left.Family, right.Family) switch { 1 => 6.5, >= Alike => 4, >= 0.85 => 1.5, _ => -4 };
        var given = left.Given.Count == 0 || right.Given.Count == 0 ? 0
            : left.Given.Max(name => right.Given.Max(other => Given(name, other)));
        return (family, given);
    }

    private static double Given(string left, string right) => JaroWinkler.Of(left, right) switch
    {
        1 => 4,
        >= Alike => 3,
        _ when left[0] == right[0] && (left.TrimEnd('.').Length == 1 || right.TrimEnd('.').Length == 1) => 1,
        _ => -3,
    };

    private static double BirthDate(string left, string right)
    {
        if (left.Length == 0 || right.Length == 0)
        {
            return 0;
        }

        if (left.Length < 10 || right.Length < 10)
        {
            var length = Math.Min(left.Length, right.Length);
            return left.AsSpan(0, length).SequenceEqual(right.AsSpan(0, length)) ? length == 4 ? 3 : 5 : -6;
        }

        return left == right ? 9
            : left[..4] == right[..4] && left[5..7] == right[8..10] && left[8..10] == right[5..7] ? 6
            : left.Zip(right).Count(static pair => pair.First != pair.Second) == 1 ? 5
            : -6;
    }

    private static double Address(PatientTraits sought, PatientTraits found) => (
        from left in sought.Addresses
        from right in found.Addresses
        let code = left.PostalCode.Length > 0 && left.PostalCode == right.PostalCode
        let city = left.City.Length > 0 && left.City == right.City
        let line = (code || city) && JaroWinkler.Of(left.Line, right.Line) >= Alike
        select (code ? 3 : city ? 1 : -0.5) + (line ? 2 : 0)).DefaultIfEmpty(0).Max();

    private static double Phone(PatientTraits sought, PatientTraits found) =>
        sought.Phones.Count == 0 || found.Phones.Count == 0 ? 0 : sought.Phones.Intersect(found.Phones).Any() ? 6 : -0.5;
}

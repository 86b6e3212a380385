namespace MedOrleans.Workload;

/// <summary>Which beds are free while a day is planned.</summary>
internal sealed class BedBook
{
    private readonly List<DayBed> _free;
    private readonly Dictionary<DayBed, int> _freedBy = [];

    public BedBook(int wards, int beds)
    {
        All = [.. Enumerable.Range(1, wards).SelectMany(ward => Enumerable.Range(1, beds).Select(bed => new DayBed(ward, bed)))];
        _free = [.. All];
    }

    /// <summary>All beds.</summary>
    public IReadOnlyList<DayBed> All { get; }

    /// <summary>Takes a free bed, in another ward than one where there is any; null where none is free.</summary>
    /// <param name="chance">What decides.</param>
    /// <param name="notIn">The ward; 0 for none.</param>
    /// <returns>The bed, and the event that freed it; null where nobody was in it.</returns>
    public (DayBed Bed, int? FreedBy)? Take(Chance chance, int notIn = 0)
    {
        var beds = _free.FindAll(bed => bed.Ward != notIn);
        if ((beds.Count > 0 ? beds : _free) is not { Count: > 0 } some)
        {
            return null;
        }

        var bed = chance.Of(some);
        _free.Remove(bed);
        return (bed, _freedBy.TryGetValue(bed, out var number) ? number : null);
    }

    /// <summary>Frees a bed.</summary>
    /// <param name="bed">The bed.</param>
    /// <param name="by">The event that does.</param>
    public void Free(DayBed bed, int by)
    {
        _free.Add(bed);
        _freedBy[bed] = by;
    }
}

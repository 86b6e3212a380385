using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace MedOrleans.Record.Fhir.Reading;

/// <summary>
/// A frozen map from names to values that is asked with UTF-8 as it stands in the JSON, so that no name becomes a
/// string on the way.
/// </summary>
internal sealed class Utf8Table<T> where T : class
{
    private readonly (byte[] Name, T Value)[] _cells;
    private readonly uint _mask;

    public Utf8Table(IEnumerable<KeyValuePair<string, T>> entries)
    {
        var all = entries.ToList();
        _cells = new (byte[], T)[BitOperations.RoundUpToPowerOf2((uint)all.Count * 2 + 1)];
        _mask = (uint)_cells.Length - 1;
        foreach (var (name, value) in all)
        {
            var bytes = Encoding.UTF8.GetBytes(name);
            var at = Hash(bytes) & _mask;
            while (_cells[at].Name is not null)
            {
                at = (at + 1) & _mask;
            }

            _cells[at] = (bytes, value);
        }
    }

    /// <summary>All the values, in no order.</summary>
    public IEnumerable<T> Values => _cells.Where(cell => cell.Name is not null).Select(cell => cell.Value);

    /// <summary>The value of that name; null where there is none.</summary>
    public T? Find(ReadOnlySpan<byte> name)
    {
        for (var at = Hash(name) & _mask; _cells[at].Name is { } candidate; at = (at + 1) & _mask)
        {
            if (name.SequenceEqual(candidate))
            {
                return _cells[at].Value;
            }
        }

        return null;
    }

    private static uint Hash(ReadOnlySpan<byte> name)
    {
        // Element names differ at their ends (valueString, valueQuantity): both ends and the length are enough.
        ulong mixed;
        if (name.Length >= 8)
        {
            mixed = BinaryPrimitives.ReadUInt64LittleEndian(name) ^ BitOperations.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(name[^8..]), 23);
        }
        else
        {
            mixed = 0;
            foreach (var letter in name)
            {
                mixed = (mixed << 8) | letter;
            }
        }

        return (uint)(((mixed + (uint)name.Length) * 0x9E3779B97F4A7C15UL) >> 32);
    }
}

namespace MedOrleans.Record.Search;

/// <summary>The forms of the keys in the text index, for those who write them and those who look them up.</summary>
internal static class IndexKeys
{
    /// <summary>The most UTF-16 characters of a key: PostgreSQL's btree holds a third of a page.</summary>
    public const int MaxLength = 400;

    /// <summary>Between a code and its system, and between folded and original text.</summary>
    public const char PartSeparator = '\u001f';

    /// <summary>Between the parts of a composite.</summary>
    public const char ComponentSeparator = '\u001e';

    /// <summary>The open end of a period, in microseconds.</summary>
    public const double OpenEnd = 9e15;

    /// <summary>The key of a code in a system; empty where it has none.</summary>
    public static string Token(ReadOnlySpan<char> code, ReadOnlySpan<char> system)
    {
        var key = new KeyBuilder(stackalloc char[MaxLength]);
        key.Add(code);
        key.AddSeparator(PartSeparator);
        key.Add(system);
        return key.ToString();
    }

    /// <summary>The key of words.</summary>
    public static string String(ReadOnlySpan<char> text)
    {
        var original = new KeyBuilder(stackalloc char[MaxLength]);
        original.Add(text);
        return String(ref original);
    }

    /// <summary>The key of words that are in a builder.</summary>
    public static string String(ref readonly KeyBuilder original)
    {
        var key = new KeyBuilder(stackalloc char[MaxLength]);
        key.AddFolded(original.Text);
        key.AddSeparator(PartSeparator);
        key.Add(original.Text);
        return key.ToString();
    }

    /// <summary>How the keys of words begin that begin so.</summary>
    public static string Folded(ReadOnlySpan<char> text)
    {
        var original = new KeyBuilder(stackalloc char[MaxLength]);
        original.Add(text);
        var key = new KeyBuilder(stackalloc char[MaxLength]);
        key.AddFolded(original.Text);
        return key.ToString();
    }

    /// <summary>The key of a uri, or of any text that is compared as it is.</summary>
    public static string Plain(ReadOnlySpan<char> text)
    {
        var key = new KeyBuilder(stackalloc char[MaxLength]);
        key.Add(text);
        return key.ToString();
    }

    /// <summary>The key of a composite of two texts, each a key of its own.</summary>
    public static string Composite(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        var key = new KeyBuilder(stackalloc char[MaxLength]);
        key.AddKey(first);
        key.AddSeparator(ComponentSeparator);
        key.AddKey(second);
        return key.ToString();
    }

    /// <summary>The code of a token's key.</summary>
    public static ReadOnlySpan<char> CodeOf(ReadOnlySpan<char> token)
    {
        var end = token.IndexOf(PartSeparator);
        return end < 0 ? token : token[..end];
    }

    /// <summary>A reference as it is indexed: without its version.</summary>
    public static ReadOnlySpan<char> WithoutVersion(ReadOnlySpan<char> reference)
    {
        var version = reference.IndexOf("/_history/", StringComparison.Ordinal);
        return version < 0 ? reference : reference[..version];
    }
}

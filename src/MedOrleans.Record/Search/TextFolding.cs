using System.Collections.Frozen;

namespace MedOrleans.Record.Search;

/// <summary>
/// Makes words comparable: lower case, without diacritics, white space collapsed. A table of its own, as normalisation
/// does nothing in globalization-invariant mode; Latin, Greek and Cyrillic letters are in it.
/// </summary>
internal static class TextFolding
{
    private static readonly string[] s_rows =
    [
        "a ªàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ",
        "ae æǣǽ",
        "b ƀḃḅḇ",
        "c çćĉċčḉ",
        "d ðďđḋḍḏḑḓ",
        "dz ǆǳ",
        "e èéêëēĕėęěǝȅȇȩḕḗḙḛḝẹẻẽếềểễệ",
        "f ḟ",
        "ff ﬀ",
        "ffi ﬃ",
        "ffl ﬄ",
        "fi ﬁ",
        "fl ﬂ",
        "g ĝğġģǧǵḡ",
        "h ĥħȟḣḥḧḩḫẖ",
        "i ìíîïĩīĭįİıǐȉȋḭḯỉị",
        "ij ĳ",
        "j ĵǰ",
        "k ķĸǩḱḳḵ",
        "l ĺļľłḷḹḻḽ",
        "lj ǉ",
        "m ḿṁṃ",
        "n ñńņňŋǹṅṇṉṋ",
        "nj ǌ",
        "o ºòóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ",
        "oe œ",
        "p ṕṗ",
        "r ŕŗřȑȓṙṛṝṟ",
        "s śŝşšſșṡṣṥṧṩẛ",
        "ss ß",
        "st ﬅﬆ",
        "t ţťŧțṫṭṯṱẗ",
        "th þ",
        "u ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự",
        "v ṽṿ",
        "w ŵẁẃẅẇẉẘ",
        "x ẋẍ",
        "y ýÿŷȳẏẙỳỵỷỹ",
        "z źżžẑẓẕ",
        "ʒ ǯ",
        "ʹ ʹ",
        "ʼn ŉ",
        "α άἀἁἂἃἄἅἆἇὰάᾀᾁᾂᾃᾄᾅᾆᾇᾰᾱᾲᾳᾴᾶᾷ",
        "β ϐ",
        "ε έϵἐἑἒἓἔἕὲέ",
        "η ήἠἡἢἣἤἥἦἧὴήᾐᾑᾒᾓᾔᾕᾖᾗῂῃῄῆῇ",
        "θ ϑ",
        "ι ΐίϊἰἱἲἳἴἵἶἷὶίιῐῑῒΐῖῗ",
        "κ ϰ",
        "μ µ",
        "ο όὀὁὂὃὄὅὸό",
        "π ϖ",
        "ρ ϱῤῥ",
        "ς ϲ",
        "σ ς",
        "υ ΰϋύϒϓϔὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧ",
        "φ ϕ",
        "ω ώὠὡὢὣὤὥὦὧὼώᾠᾡᾢᾣᾤᾥᾦᾧῲῳῴῶῷ",
        "а ӑӓ",
        "г ѓ",
        "е ѐёӗ",
        "ж ӂӝ",
        "з ӟ",
        "и йѝӣӥ",
        "к ќ",
        "о ӧ",
        "у ўӯӱӳ",
        "ч ӵ",
        "ы ӹ",
        "э ӭ",
        "і ї",
        "ѵ ѷ",
        "ә ӛ",
        "ө ӫ",
    ];

    private static readonly FrozenDictionary<char, string> s_letters = s_rows
        .Select(row => row.Split(' '))
        .SelectMany(row => row[1].Select(letter => KeyValuePair.Create(letter, row[0])))
        .ToFrozenDictionary();

    /// <summary>Folds <paramref name="text"/> into <paramref name="target"/>, as far as there is room; returns the length.</summary>
    public static int Fold(ReadOnlySpan<char> text, Span<char> target)
    {
        var length = 0;
        var space = false;
        foreach (var c in text)
        {
            if (c is ' ' or '\t' or '\n' or '\r' || (c > 127 && char.IsWhiteSpace(c)))
            {
                space = length > 0;
                continue;
            }

            if (space && length < target.Length)
            {
                target[length++] = ' ';
                space = false;
            }

            if (length == target.Length)
            {
                break;
            }

            if (c <= 127)
            {
                target[length++] = char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
            }
            else
            {
                length = FoldLetter(c, target, length);
            }
        }

        return length;
    }

    private static int FoldLetter(char c, Span<char> target, int length)
    {
        // Combining diacritics; full-width forms of ASCII.
        if (c is (>= '\u0300' and <= '\u036f') or (>= '\u1ab0' and <= '\u1aff') or (>= '\u1dc0' and <= '\u1dff') or (>= '\u20d0' and <= '\u20ff'))
        {
            return length;
        }

        var lower = char.ToLowerInvariant(c is >= '\uff01' and <= '\uff5e' ? (char)(c - 0xfee0) : c);
        if (!s_letters.TryGetValue(lower, out var letters))
        {
            target[length++] = lower;
            return length;
        }

        foreach (var letter in letters)
        {
            if (length < target.Length)
            {
                target[length++] = letter;
            }
        }

        return length;
    }
}

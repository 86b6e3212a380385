using System.Globalization;
using System.Text;

namespace MedOrleans.Benchmarks;

/// <summary>Made-up admissions, as MLLP blocks.</summary>
internal static class Messages
{
    /// <summary>An ADT^A01 of a patient and a visit that nobody has seen before, to no bed.</summary>
    public static byte[] Admit(int number) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"\vMSH|^~\\&|HIS|BENCH|MEDORLEANS|BENCH|20261120081500+0000||ADT^A01^ADT_A01|{number}|P|2.5.1\rEVN|A01|20261120081500+0000\rPID|1||M{number:D8}^^^MRN^MR||{Patients.Family(number)}^Ada||19610615|F|||{number % 900 + 1} Harbour Street^^Northport^MA^02110||+1-555-0100\rPV1|1|I|||||77^Quist^Mia|||SUR|||||||||V{number:D8}\r\x1c\r"));
}

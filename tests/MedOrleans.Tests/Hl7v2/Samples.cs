namespace MedOrleans.Tests.Hl7v2;

/// <summary>Messages of our own making; nobody in them lives.</summary>
internal static class Samples
{
    public static string Header(string type, string controlId, string version = "2.5.1", string rest = "") => $"MSH|^~\\&|HIS|NORTH|MEDORLEANS|NORTH|20261120081500+0000||{type}|{controlId}|P|{version}{rest}";

    public static string Admit(string controlId = "1", string patient = "4711", string visit = "V1", string place = "3W^12^1", string family = "Berg") => string.Join('\r',
        Header("ADT^A01^ADT_A01", controlId),
        "EVN|A01|20261120081400+0000",
        $"PID|1||{patient}^^^MRN^MR||{family}^Ada^M^^Dr||19610615|F|||Main St 1^^Linz^^4020^AT^H||^PRN^PH^^43^732^1234|||M",
        "NK1|1|Berg^Ole|SPO^Spouse^HL70063",
        $"PV1|1|I|{place}|||||77^Quist^Mia||SUR|||||||||{visit}^^^VISIT^VN|||||||||||||||||||||||||20261120081300+0000",
        "AL1|1|DA|7980^Penicillin^RXNORM|SV|Rash",
        "ZPI|1|kept as it is") + "\r";

    public static string Result(string controlId = "R1", string status = "F", string value = "5.4") => string.Join('\r',
        Header("ORU^R01^ORU_R01", controlId),
        "PID|1||4711^^^MRN^MR||Berg^Ada||19610615|F",
        $"OBR|1|P100^HIS|F200^LAB|2345-7^Glucose^LN|||20261120070000+0000|||||||||||||||20261120080000+0000||CH|{status}",
        $"OBX|1|NM|2345-7^Glucose^LN||{value}|mmol/L^mmol/L^UCUM|3.9-6.1|H|||{status}",
        "NTE|1||Taken fasting\\.br\\and repeated") + "\r";
}

using System.Globalization;

namespace MedOrleans.LoadTests;

/// <summary>A control group that gives a process a part of one processor, so that silos on one machine have capacities of their own. Needs root and the cpu controller of cgroup v1.</summary>
internal sealed class CpuCap : IDisposable
{
    private const string Root = "/sys/fs/cgroup/cpu";

    // Short, so that a silo that has used up its part waits for milliseconds.
    private const int PeriodMicroseconds = 20_000;

    private readonly string _group;

    private CpuCap(string group) => _group = group;

    /// <summary>Whether this machine can.</summary>
    public static bool IsPossible => Environment.UserName == "root" && File.Exists(Path.Combine(Root, "cpu.cfs_quota_us"));

    /// <summary>The program that enters the group and becomes the process.</summary>
    public string[] Launcher => ["/bin/sh", "-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"", _group];

    /// <summary>Makes a group without a limit; null where the machine cannot.</summary>
    public static CpuCap? Create()
    {
        if (!IsPossible)
        {
            return null;
        }

        var group = Path.Combine(Root, $"medorleans-{Guid.NewGuid():N}");
        Directory.CreateDirectory(group);
        File.WriteAllText(Path.Combine(group, "cpu.cfs_period_us"), PeriodMicroseconds.ToString(CultureInfo.InvariantCulture));
        return new CpuCap(group);
    }

    /// <summary>Limits the group to a part of one processor.</summary>
    public void Limit(double processors) => File.WriteAllText(Path.Combine(_group, "cpu.cfs_quota_us"), ((int)(processors * PeriodMicroseconds)).ToString(CultureInfo.InvariantCulture));

    /// <summary>Takes the limit away.</summary>
    public void Lift() => File.WriteAllText(Path.Combine(_group, "cpu.cfs_quota_us"), "-1");

    public void Dispose()
    {
        try
        {
            Directory.Delete(_group);
        }
        catch (IOException)
        {
            // Its process is still being cleared away: an empty group costs nothing.
        }
    }
}

namespace MedOrleans.Record.Keys;

/// <summary>Files with secrets or records: their owner's alone from the first byte on.</summary>
public static class PrivateFile
{
    /// <summary>Opens a file for writing; one that is made is readable and writable by its owner only. On Windows the folder's rights hold.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">What becomes of one that is there.</param>
    /// <param name="share">What others may do meanwhile.</param>
    public static FileStream Open(string path, FileMode mode, FileShare share = FileShare.Read)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = share };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
}

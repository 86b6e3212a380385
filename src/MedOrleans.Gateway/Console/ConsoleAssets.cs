using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MedOrleans.Gateway.Console;

/// <summary>The console's own files: styles and scripts, which this assembly carries.</summary>
internal sealed class ConsoleAssets
{
    private const string Prefix = "console/";

    private readonly FrozenDictionary<string, Asset> _assets = Load();

    /// <summary>The address of a file below <c>/console</c>; a file that changes gets another one.</summary>
    public string this[string file] => $"{ConsoleGate.Base}/assets/{file}?v={_assets[file].Hash}";

    /// <summary>Answers with a file.</summary>
    public IResult Get(HttpContext context, string file)
    {
        if (!_assets.TryGetValue(file, out var asset))
        {
            return Results.NotFound();
        }

        if (context.Request.Query["v"] == asset.Hash)
        {
            context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
            context.Response.Headers.Remove("Pragma");
        }

        context.Response.Headers.Vary = "Accept-Encoding";
        var isGzip = context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
        if (isGzip)
        {
            context.Response.Headers.ContentEncoding = "gzip";
        }

        return Results.Bytes(isGzip ? asset.Compressed : asset.Content, asset.Type, entityTag: new EntityTagHeaderValue($"\"{asset.Hash}{(isGzip ? "-gz" : "")}\""));
    }

    private static FrozenDictionary<string, Asset> Load()
    {
        var assembly = typeof(ConsoleAssets).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(
            name => name[Prefix.Length..],
            name =>
            {
                using var content = new MemoryStream();
                using (var stream = assembly.GetManifestResourceStream(name)!)
                {
                    stream.CopyTo(content);
                }

                return new Asset(content.ToArray(), Path.GetExtension(name) switch
                {
                    ".css" => "text/css; charset=utf-8",
                    ".js" => "text/javascript; charset=utf-8",
                    _ => "image/svg+xml",
                });
            },
            StringComparer.Ordinal);
    }

    private sealed class Asset(byte[] content, string type)
    {
        private readonly Lazy<byte[]> _compressed = new(() =>
        {
            using var compressed = new MemoryStream();
            using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
            {
                gzip.Write(content);
            }

            return compressed.ToArray();
        });

        public byte[] Content { get; } = content;

        public byte[] Compressed => _compressed.Value;

        public string Type { get; } = type;

        public string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(content)[..8]);
    }
}

using System.Text.Json;
using MedOrleans.Host.Hosting;
using Microsoft.Extensions.Configuration;

namespace MedOrleans.IntegrationTests.Deployment;

/// <summary>The Kubernetes manifests against the types and schemas that are published of Kubernetes and KEDA, and against the host's own settings; the Dockerfile against its grammar.</summary>
public sealed class KubernetesTests(KubernetesSchema schema) : IClassFixture<KubernetesSchema>
{
    private static readonly string[] s_files = [.. Directory.EnumerateFiles(ShippedFiles.Path("kubernetes"), "*.yaml").Select(Path.GetFileName).Order(StringComparer.Ordinal)!];

    [Fact]
    public async Task Manifests_AgainstTheSchemas_HaveNoMistake() => Assert.Equal("", await schema.CheckAsync(static text => text));

    [Theory]
    [InlineData("maxUnavailable: 0", "maxUnavailble: 0", "maxUnavailble")]
    [InlineData("failureThreshold: 60", "failureThreshold: sixty", "not assignable to type 'number'")]
    [InlineData("minReplicaCount: 2", "minReplicas: 2", "minReplicas")]
    [InlineData("kind: NetworkPolicy", "kind: NetworkPolice", "NetworkPolice")]
    public async Task Manifest_WithAMistake_IsFound(string right, string wrong, string complaint)
    {
        var found = await schema.CheckAsync(text => text.Replace(right, wrong, StringComparison.Ordinal));

        Assert.Contains(complaint, found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("silo.yaml", HostRole.Silo)]
    [InlineData("gateway.yaml", HostRole.Gateway)]
    public async Task Containers_TheirEnvironment_IsSettingsThatTheHostTakes(string file, HostRole role)
    {
        using var secrets = new SecretFolder();
        var config = (await schema.ObjectsAsync("config.yaml")).Single(o => Kind(o) == "ConfigMap").GetProperty("data").EnumerateObject().Select(pair => (pair.Name, Value: pair.Value.GetString()!));
        var container = Container((await schema.ObjectsAsync(file)).Single(o => Kind(o) == "Deployment"));
        var own = container.GetProperty("env").EnumerateArray().Select(entry => (Name: entry.GetProperty("name").GetString()!, Value: entry.TryGetProperty("value", out var value) ? value.GetString()! : Given(entry)));
        var settings = Settings.Load(new ConfigurationBuilder().AddInMemoryCollection(config.Concat(own)
            .Select(pair => KeyValuePair.Create(pair.Name.Replace("MEDORLEANS__", "MedOrleans:", StringComparison.Ordinal).Replace("__", ":", StringComparison.Ordinal), (string?)secrets.Placed(pair.Value)))).Build());

        Assert.Equal(role, settings.Host.Role);
        var ports = container.GetProperty("ports").EnumerateArray().ToDictionary(port => port.GetProperty("name").GetString()!, port => port.GetProperty("containerPort").GetInt32());
        Assert.Equal(ports["http"], ProcessOptions.EndPoint(settings.Host.Http.Address)!.Port);
        Assert.Equal(ports["management"], ProcessOptions.EndPoint(settings.Host.Management.Address)!.Port);
        if (role == HostRole.Silo)
        {
            Assert.Equal((settings.Host.Cluster.SiloPort, settings.Host.Cluster.GatewayPort), (ports["silo"], ports["gateway"]));
        }
        else
        {
            Assert.Equal(ports["keda"], settings.Keda.EndPoint!.Port);
        }

        var pod = Pod((await schema.ObjectsAsync(file)).Single(o => Kind(o) == "Deployment"));
        var notice = role == HostRole.Gateway ? settings.Host.Http.StopNotice.TotalSeconds + container.GetProperty("lifecycle").GetProperty("preStop").GetProperty("sleep").GetProperty("seconds").GetInt32() : 0;
        Assert.True(pod.GetProperty("terminationGracePeriodSeconds").GetInt32() > settings.Host.StopLimit.TotalSeconds + notice);
        foreach (var (probe, path) in new[] { ("readinessProbe", "/health/ready"), ("startupProbe", "/health/ready"), ("livenessProbe", "/health/live") })
        {
            Assert.Equal(path, container.GetProperty(probe).GetProperty("httpGet").GetProperty("path").GetString());
        }
    }

    [Theory]
    [InlineData("silo.yaml")]
    [InlineData("gateway.yaml")]
    public async Task Pods_AreNoRootOnAReadOnlyRootWithoutCapabilities(string file)
    {
        var deployment = (await schema.ObjectsAsync(file)).Single(o => Kind(o) == "Deployment");
        var (pod, container) = (Pod(deployment), Container(deployment).GetProperty("securityContext"));

        Assert.True(pod.GetProperty("securityContext").GetProperty("runAsNonRoot").GetBoolean());
        Assert.Equal("RuntimeDefault", pod.GetProperty("securityContext").GetProperty("seccompProfile").GetProperty("type").GetString());
        Assert.False(pod.GetProperty("automountServiceAccountToken").GetBoolean());
        Assert.True(container.GetProperty("readOnlyRootFilesystem").GetBoolean());
        Assert.False(container.GetProperty("allowPrivilegeEscalation").GetBoolean());
        Assert.Equal("ALL", container.GetProperty("capabilities").GetProperty("drop").EnumerateArray().Single().GetString());
    }

    [Fact]
    public async Task ScaledObject_IsAsWideAsTheClustersOwnRange()
    {
        var config = (await schema.ObjectsAsync("config.yaml")).Single(o => Kind(o) == "ConfigMap").GetProperty("data");
        var scaled = (await schema.ObjectsAsync("keda.yaml")).Single(o => Kind(o) == "ScaledObject").GetProperty("spec");

        Assert.Equal(config.GetProperty("MEDORLEANS__Scaling__Min").GetString(), $"{scaled.GetProperty("minReplicaCount").GetInt32()}");
        Assert.Equal(config.GetProperty("MEDORLEANS__Scaling__Max").GetString(), $"{scaled.GetProperty("maxReplicaCount").GetInt32()}");
    }

    [Fact]
    public async Task Kustomization_NamesEveryManifest()
    {
        var kustomization = (await schema.ObjectsAsync("kustomization.yaml")).Single();

        Assert.Equal(s_files.Where(file => file != "kustomization.yaml"), kustomization.GetProperty("resources").EnumerateArray().Select(file => file.GetString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Dockerfile_AgainstItsGrammar_HasNoMistake() => Assert.Equal("", await schema.CheckDockerfileAsync(static text => text));

    [Fact]
    public async Task Dockerfile_WithAMistake_IsFound() =>
        Assert.Contains("Unknown instruction: USE", await schema.CheckDockerfileAsync(static text => text.Replace("USER", "USE", StringComparison.Ordinal)), StringComparison.Ordinal);

    private static string Kind(JsonElement manifest) => manifest.GetProperty("kind").GetString()!;

    private static JsonElement Pod(JsonElement deployment) => deployment.GetProperty("spec").GetProperty("template").GetProperty("spec");

    private static JsonElement Container(JsonElement deployment) => Pod(deployment).GetProperty("containers").EnumerateArray().Single();

    // What Kubernetes puts there: the pod's address, or a secret.
    private static string Given(JsonElement entry) => entry.GetProperty("valueFrom").TryGetProperty("fieldRef", out _) ? "10.1.2.3" : "Host=10.0.0.9;Database=medorleans;Username=medorleans";

    /// <summary>Files where the manifests mount secrets.</summary>
    private sealed class SecretFolder : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("medorleans-secrets-").FullName;

        /// <summary>A value, with a path below a mounted secret led here and the file made.</summary>
        public string Placed(string value)
        {
            if (!value.StartsWith("/secrets/", StringComparison.Ordinal) && !value.StartsWith("/keda/", StringComparison.Ordinal) && !value.StartsWith("/certificates/", StringComparison.Ordinal))
            {
                return value;
            }

            var file = Path.Combine(_folder, Path.GetFileName(value));
            File.WriteAllText(file, "a secret of a test, long enough");
            return file;
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>The types and schemas of Kubernetes and KEDA, a compiler, and the grammar of Dockerfiles, from the npm registry.</summary>
public sealed class KubernetesSchema : IAsyncLifetime
{
    private const string ToTypeScript = """
        import fs from 'node:fs';
        import { parseAllDocuments } from 'yaml';
        const [, , source, target] = process.argv;
        const lines = [];
        for (const name of fs.readdirSync(source).filter(name => name.endsWith('.yaml') && name !== 'kustomization.yaml').sort()) {
          for (const document of parseAllDocuments(fs.readFileSync(`${source}/${name}`, 'utf8'))) {
            for (const error of document.errors) console.log(`${name}: ${error.message}`);
            const object = document.toJS();
            const from = `${object.apiVersion.startsWith('keda.sh/') ? '@kubernetes-models/keda' : 'kubernetes-models'}/${object.apiVersion}/${object.kind}`;
            lines.push(`import type { I${object.kind} as T${lines.length} } from '${from}'; export const o${lines.length}: T${lines.length} = ${JSON.stringify(object)};`);
            try { const model = (await import(from))[object.kind]; new model(object).validate(); } catch (error) { console.log(`${name}: ${object.kind}: ${error.message}`); }
          }
        }
        fs.writeFileSync(target, lines.join('\n'));
        """;

    private readonly NpmFolder _npm = new();
    private int _checks;

    public async Task InitializeAsync()
    {
        await _npm.InstallAsync("kubernetes-models@4.5.1", "@kubernetes-models/keda@0.4.2", "yaml@2.9.1", "typescript@7.0.2", "dockerfile-utils@0.16.3");
        await _npm.WriteAsync("check.mjs", [ToTypeScript]);
        await _npm.WriteAsync("json.mjs", ["import fs from 'node:fs';", "import { parseAllDocuments } from 'yaml';", "console.log(JSON.stringify(parseAllDocuments(fs.readFileSync(process.argv[2], 'utf8')).map(document => document.toJS())));"]);
        await _npm.WriteAsync("docker.mjs", ["import fs from 'node:fs';", "import docker from 'dockerfile-utils';", "for (const problem of docker.validate(fs.readFileSync(process.argv[2], 'utf8'), {})) console.log(`${problem.range.start.line + 1}: ${problem.message}`);"]);
    }

    public Task DisposeAsync()
    {
        _npm.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>The objects of a shipped file.</summary>
    public async Task<IReadOnlyList<JsonElement>> ObjectsAsync(string file)
    {
        var (code, output) = await _npm.RunAsync("node", ["json.mjs", ShippedFiles.Path("kubernetes", file)]);
        Assert.True(code == 0, output);
        using var json = JsonDocument.Parse(output);
        return [.. json.RootElement.EnumerateArray().Select(element => element.Clone())];
    }

    /// <summary>What schemas and compiler say of the manifests once each text was changed; nothing where all is well.</summary>
    public async Task<string> CheckAsync(Func<string, string> change)
    {
        var folder = Directory.CreateTempSubdirectory("medorleans-manifests-").FullName;
        try
        {
            foreach (var file in Directory.EnumerateFiles(ShippedFiles.Path("kubernetes"), "*.yaml"))
            {
                await File.WriteAllTextAsync(Path.Combine(folder, Path.GetFileName(file)), change(await File.ReadAllTextAsync(file)));
            }

            var source = $"check{Interlocked.Increment(ref _checks)}.ts";
            var (_, complaints) = await _npm.RunAsync("node", ["check.mjs", folder, source]);
            var (code, output) = await _npm.RunAsync(_npm.Program("tsc"), ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext", source]);
            return complaints + (code == 0 ? "" : output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What the grammar says of the Dockerfile once it was changed.</summary>
    public async Task<string> CheckDockerfileAsync(Func<string, string> change)
    {
        var file = $"Dockerfile{Interlocked.Increment(ref _checks)}";
        await _npm.WriteAsync(file, [change(await File.ReadAllTextAsync(ShippedFiles.Path("docker", "Dockerfile")))]);
        return (await _npm.RunAsync("node", ["docker.mjs", file])).Output.Trim();
    }
}

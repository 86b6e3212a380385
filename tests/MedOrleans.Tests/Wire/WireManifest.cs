using System.Globalization;
using System.Reflection;
using MedOrleans.Grains;
using MedOrleans.Grains.Placement;
using Orleans;
using Orleans.CodeGeneration;

namespace MedOrleans.Tests.Wire;

/// <summary>What silos and gateways of two releases say to each other, a line a fact: grain interfaces with their methods, and messages with their members.</summary>
internal static class WireManifest
{
    private static readonly Assembly[] s_assemblies = [typeof(TenantId).Assembly, typeof(PlacedGrains).Assembly];

    /// <summary>The facts of this build, in order.</summary>
    public static IReadOnlyList<string> Lines() => [.. s_assemblies.SelectMany(assembly => assembly.GetTypes()).SelectMany(Of).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Of(Type type)
    {
        var alias = type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias;
        if (type.IsInterface && type.IsAssignableTo(typeof(IAddressable)))
        {
            var name = alias ?? $"NO ALIAS {type.FullName}";
            yield return $"interface {name} version {type.GetCustomAttribute<VersionAttribute>()?.Version ?? 0}";
            foreach (var method in type.GetMethods().Where(method => !method.IsSpecialName))
            {
                var parameters = string.Join(", ", method.GetParameters().Select(parameter => Name(parameter.ParameterType)));
                yield return $"interface {name} method {method.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias ?? $"NO ALIAS {method.Name}"}({parameters}) {Name(method.ReturnType)}";
            }
        }
        else if (type.GetCustomAttribute<GenerateSerializerAttribute>() is not null)
        {
            var name = alias ?? $"NO ALIAS {type.FullName}";
            yield return $"message {name}";
            foreach (var member in type.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(member => member.GetCustomAttribute<IdAttribute>() is not null))
            {
                var of = member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType;
                yield return string.Create(CultureInfo.InvariantCulture, $"message {name} member {member.GetCustomAttribute<IdAttribute>()!.Id} {Name(of)}");
            }
        }
        else if (type is { IsEnum: true, IsNested: false } && type.Namespace?.StartsWith(nameof(MedOrleans), StringComparison.Ordinal) == true)
        {
            foreach (var value in Enum.GetValues(type))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"enum {type.Name} {Convert.ToInt64(value, CultureInfo.InvariantCulture)} {value}");
            }
        }
    }

    private static string Name(Type type) =>
        type.IsArray ? $"{Name(type.GetElementType()!)}[]"
        : type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias ?? type.Name;
}

using System.Reflection;
using Hl7.Fhir.Introspection;
using Hl7.Fhir.Model;
using Hl7.Fhir.Utility;

namespace MedOrleans.Record.Search;

/// <summary>Compiles the expressions of search parameters to a <see cref="PlanNode"/>, along FHIR's own type model.</summary>
internal sealed class IndexPlanBuilder
{
    private static readonly ModelInspector s_model = ModelInfo.ModelInspector;
    private readonly Place _root;

    private IndexPlanBuilder(ClassMapping type) => _root = new Place(type);

    /// <summary>The plan of a resource type for some of its parameters; those answered by others' entries are left out.</summary>
    /// <exception cref="FormatException">An expression names what the type has not, or nothing that can be indexed.</exception>
    public static PlanNode Build(string type, IEnumerable<SearchParameter> parameters)
    {
        var builder = new IndexPlanBuilder(s_model.FindClassMapping(type) ?? throw new FormatException($"{type} is no type of FHIR R4."));
        foreach (var parameter in parameters)
        {
            builder.Add(parameter);
        }

        return builder._root.Freeze();
    }

    /// <summary>The code systems that FHIR binds the <c>code</c> elements of a token parameter to: resources do not say them.</summary>
    public static IReadOnlyList<string> CodeSystemsOf(SearchParameter parameter)
    {
        var root = new Place(s_model.FindClassMapping(parameter.Type)!);
        return
        [
            .. parameter.Paths.SelectMany(path => Walk([root], path))
                .Select(place => place.CodeSystem)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal),
        ];
    }

    private void Add(SearchParameter parameter)
    {
        if (parameter.Type + "." + parameter.Code is "Patient.deceased")
        {
            _root.Writers.Add(new DeceasedWriter(parameter.Number));
        }
        else if (parameter is { Type: "Bundle", Code: "composition" or "message" })
        {
            _root.Writers.Add(new FirstEntryWriter(parameter.Number, parameter.Code == "message" ? "MessageHeader" : "Composition"));
        }

        foreach (var path in parameter.Paths)
        {
            var places = Walk([_root], path);
            if (parameter.Kind == SearchParameterKind.Composite)
            {
                places.ForEach(place => place.Composites.Add(parameter));
            }
            else
            {
                AddWriters(places, parameter.Kind, parameter.Number, SearchParameterCatalog.IdentifierNumberOf(parameter), parameter.Code);
            }
        }
    }

    private static void AddWriters(List<Place> places, SearchParameterKind kind, int number, int identifierNumber, string code)
    {
        var any = false;
        foreach (var place in places)
        {
            if (IndexWriter.For(kind, place.Type.Name, number, identifierNumber) is { } writer)
            {
                place.Writers.Add(writer);
                any = true;
            }
        }

        // Waveforms have no value to compare with.
        if (!any && !places.TrueForAll(place => place.Type.Name == "SampledData"))
        {
            throw new FormatException($"'{code}' leads to nothing that a {kind} is made of.");
        }
    }

    private static List<Place> Walk(List<Place> places, SearchPath path)
    {
        foreach (var step in path.Steps)
        {
            places = step switch
            {
                ChildStep child => [.. places.SelectMany(place => place.Children(child.Name))],
                AsStep cast => places.FindAll(place => string.Equals(place.Type.Name, cast.Type, StringComparison.OrdinalIgnoreCase)),
                _ => places.ConvertAll(place => place.Filtered(step)),
            };
            if (places.Count == 0)
            {
                throw new FormatException($"{path.Root} has no {step} at {path}.");
            }
        }

        return places;
    }

    /// <summary>A node in the making.</summary>
    private sealed class Place(ClassMapping type)
    {
        private readonly Dictionary<string, Place> _members = new(StringComparer.Ordinal);
        private readonly Dictionary<SearchStep, Place> _filters = [];

        public ClassMapping Type => type;

        public string? CodeSystem { get; private init; }

        public List<IndexWriter> Writers { get; } = [];

        public List<SearchParameter> Composites { get; } = [];

        public IEnumerable<Place> Children(string name)
        {
            if (type.FindMappedElementByName(name) is not { } element)
            {
                return [];
            }

            return element.Choice == ChoiceType.DatatypeChoice
                ? [.. element.FhirType.Select(s_model.FindClassMapping).OfType<ClassMapping>().Select(
                    choice => Member(name + char.ToUpperInvariant(choice.Name[0]) + choice.Name[1..], choice))]
                : [Member(name, s_model.FindClassMapping(element.FhirType[0]) ?? element.PropertyTypeMapping, CodeSystemOf(element))];
        }

        public Place Filtered(SearchStep condition)
        {
            if (!_filters.TryGetValue(condition, out var place))
            {
                _filters[condition] = place = new Place(type);
            }

            return place;
        }

        public PlanNode Freeze()
        {
            if (Composites.Count > 0)
            {
                Writers.Add(WriterOfComposites());
            }

            return new PlanNode(
                [.. Writers],
                [.. _filters.Select(pair => new PlanFilter(pair.Key, pair.Value.Freeze()))],
                [.. _members.Select(pair => (pair.Key, Node: pair.Value.Freeze())).Where(member => !member.Node.IsEmpty)]);
        }

        private static string? CodeSystemOf(PropertyMapping element) =>
            element.ImplementingType is { IsGenericType: true, GenericTypeArguments: [var values] }
                ? values.GetCustomAttribute<FhirEnumerationAttribute>()?.DefaultCodeSystem
                : null;

        private Place Member(string name, ClassMapping of, string? codeSystem = null)
        {
            if (!_members.TryGetValue(name, out var place))
            {
                _members[name] = place = new Place(of) { CodeSystem = codeSystem };
            }

            return place;
        }

        private CompositeWriter WriterOfComposites()
        {
            var parts = new Place(type);
            var numbers = new Dictionary<(SearchParameterKind, string), int>();
            var plans = Composites.ConvertAll(composite =>
            {
                if (composite.Components is not [var first, var second] || first.InRange)
                {
                    throw new FormatException($"'{composite.Code}' is not made of a text and something else.");
                }

                return new CompositePlan(
                    composite.Number,
                    Number(first),
                    first.Parameter.Kind == SearchParameterKind.Token,
                    Number(second),
                    second.Parameter.Kind == SearchParameterKind.Token,
                    second.InRange);
            });
            return new CompositeWriter(parts.Freeze(), [.. plans]);

            int Number(SearchComponent component)
            {
                var kind = component.Parameter.Kind;
                if (!numbers.TryGetValue((kind, component.Expression), out var number))
                {
                    numbers[(kind, component.Expression)] = number = numbers.Count + 1;
                    foreach (var path in component.Paths)
                    {
                        // The identifiers of references take no part.
                        AddWriters(Walk([parts], path), kind, number, 0, component.Expression);
                    }
                }

                return number;
            }
        }
    }
}

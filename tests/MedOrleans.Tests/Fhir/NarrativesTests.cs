using System.Text;
using MedOrleans.Record.Fhir.Reading;

namespace MedOrleans.Tests.Fhir;

public class NarrativesTests
{
    [Theory]
    [InlineData("<div>a</div>")]
    [InlineData("<div xmlns=\"http://www.w3.org/1999/xhtml\" class='x'> <p id=\"1\">a<br/>b &amp; &#160;&#xA0;&nbsp;</p><!-- c --></div>\n")]
    [InlineData("<div><table><tr><td colspan=\"2\">a</td></tr></table></div>")]
    [InlineData("<div><img src=\"#pic\" alt=\"a\" /></div>")]
    [InlineData("<div><img src=\"data:image/png;base64,AA==\"/></div>")]
    [InlineData("<div ><a href=\"https://a.example/x?y=1&amp;z=2\" >a</a ></div >")]
    [InlineData("<div>a > b</div>")]
    public void FaultOf_AllowedXhtml_IsNone(string text) => Assert.Null(Narratives.FaultOf(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("a")]
    [InlineData("<p>a</p>")]
    [InlineData("<divx>a</divx>")]
    [InlineData("<div")]
    [InlineData("<div>")]
    [InlineData("<div>a")]
    [InlineData("<div>a</div")]
    [InlineData("<div>a</p>")]
    [InlineData("<div><p>a</div></p>")]
    [InlineData("<div>a</div><div>b</div>")]
    [InlineData("<div>a</div>b")]
    [InlineData("<div>a & b</div>")]
    [InlineData("<div>a &amp b</div>")]
    [InlineData("<div>&#xZ;</div>")]
    [InlineData("<div>a < b</div>")]
    [InlineData("<div a>b</div>")]
    [InlineData("<div a=b>b</div>")]
    [InlineData("<div a=\"b>b</div>")]
    [InlineData("<div a=\"1\"b=\"2\">b</div>")]
    [InlineData("<div a=\"1\" a=\"2\">b</div>")]
    [InlineData("<div a=\"<\">b</div>")]
    [InlineData("<div><![CDATA[a]]></div>")]
    [InlineData("<div><?a b?>c</div>")]
    [InlineData("<!DOCTYPE a><div>a</div>")]
    [InlineData("<div><!-->a--></div>")]
    [InlineData("<div><!-- a -- b -->a</div>")]
    [InlineData("<div xmlns=\"http://other\">a</div>")]
    [InlineData("<div></div>")]
    [InlineData("<div> <p/> </div>")]
    [InlineData("<div/>")]
    [InlineData("<div><script>a</script></div>")]
    [InlineData("<div><iframe src=\"a\"/>a</div>")]
    [InlineData("<div><form>a</form></div>")]
    [InlineData("<div onclick=\"a()\">a</div>")]
    [InlineData("<div ONCLICK=\"a()\">a</div>")]
    [InlineData("<div><a href=\"JavaScript:a()\">a</a></div>")]
    [InlineData("<div><a href=\" javascript:a()\">a</a></div>")]
    [InlineData("<div><a href=\"java&#115;cript:a()\">a</a></div>")]
    [InlineData("<div><a href=\"data:text/html,a\">a</a></div>")]
    public void FaultOf_AnythingElse_IsFound(string text) => Assert.NotNull(Narratives.FaultOf(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void FaultOf_DeepNesting_IsFound() => Assert.NotNull(Narratives.FaultOf(
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("<div>", 1000)) + "a" + string.Concat(Enumerable.Repeat("</div>", 1000)))));
}

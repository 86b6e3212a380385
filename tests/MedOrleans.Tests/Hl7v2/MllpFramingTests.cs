using System.Buffers;
using System.Text;
using MedOrleans.Gateway.Hl7.Mllp;

namespace MedOrleans.Tests.Hl7v2;

/// <summary>Blocks of MLLP.</summary>
public sealed class MllpFramingTests
{
    [Theory]
    [InlineData("\u000bA\u001c\r\u000bB\u001c\r", "A B")]
    [InlineData("\r\n\u000bA\u001c\u000bB\u001c\r\n", "A B")]
    [InlineData("keep-alive\u000bA\u001c\r", "A")]
    [InlineData("\u000bA", "")]
    [InlineData("nothing", "")]
    public void TryTake_WhatCame_IsTakenBlockByBlock(string came, string blocks)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(came));
        var taken = new List<string>();
        while (MllpFraming.TryTake(ref buffer, out var content, out _))
        {
            taken.Add(Encoding.ASCII.GetString(content));
        }

        Assert.Equal(blocks, string.Join(' ', taken));
    }

    [Fact]
    public void TryTake_BlockInPieces_IsTakenOnceItIsWhole()
    {
        var whole = Encoding.ASCII.GetBytes("\u000b" + Samples.Admit() + "\u001c\r");
        for (var cut = 1; cut < whole.Length - 1; cut++)
        {
            var buffer = new ReadOnlySequence<byte>(whole[..cut]);
            Assert.False(MllpFraming.TryTake(ref buffer, out _, out _));
            Assert.Equal(cut, buffer.Length);
        }

        var all = new ReadOnlySequence<byte>(whole);
        Assert.True(MllpFraming.TryTake(ref all, out var content, out _));
        Assert.Equal(Samples.Admit(), Encoding.ASCII.GetString(content));
    }

    [Fact]
    public void Write_Content_IsTakenAgain()
    {
        var output = new ArrayBufferWriter<byte>();
        MllpFraming.Write(output, "MSH"u8);

        var buffer = new ReadOnlySequence<byte>(output.WrittenMemory);
        Assert.True(MllpFraming.TryTake(ref buffer, out var content, out var stray));
        Assert.Equal(("MSH", 0), (Encoding.ASCII.GetString(content), stray));
    }
}

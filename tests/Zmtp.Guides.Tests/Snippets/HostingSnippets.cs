// snippet: hosting-service
using System.Threading.Channels;
using Zmtp;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Zap;

// end
using System.Net.Http.Json;
// snippet: hosting
using System.Diagnostics.Metrics;

// end
// snippet: hosting-send
using Microsoft.AspNetCore.Mvc;

// end
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Guides.Snippets;

/// <summary>What a generic host and ASP.NET need, run by them.</summary>
public sealed class HostingSnippets : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zmtp-hosting");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Sending()
    {
        await using var context = Searched.NewContext();
        await using var archive = new PullSocket(context);
        var settings = new OrderSettings(await archive.BindAsync("tcp://127.0.0.1:*"), "", "");
        var builder = NewBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(_ => Searched.NewContext());

        // snippet: hosting-send
        builder.Services.AddSingleton(provider =>
        {
            var orders = new PushSocket(provider.GetRequiredService<ZmtpContext>()); // and its Security
            orders.Connect(settings.Endpoint);
            return orders;
        });
        // end

        await using (var app = builder.Build())
        {
            app.MapPost("/orders", OrderAsync);
            await app.StartAsync(TestTimeout.Token);
            using var client = new HttpClient();
            using var response = await client.PostAsJsonAsync($"{app.Urls.Single()}/orders", "an order", TestTimeout.Token);
            Assert.True(response.IsSuccessStatusCode, response.ToString());
        }

        using var order = await archive.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("an order", order.AsString());

        // snippet: hosting-send
        // app.MapPost("/orders", OrderAsync); the order is the request's body, a string of JSON, and the token is the request's, too
        static async Task OrderAsync([FromBody] string order, [FromServices] PushSocket orders, CancellationToken aborted) =>
            await orders.SendAsync(order, aborted);
        // end
    }

    [Fact]
    public async Task Hosting()
    {
        using var serverCertificate = Certificate.Generate();
        using var clientCertificate = Certificate.Generate();
        var endpoint = $"ipc://{Path.Combine(_directory.FullName, "orders")}";
        var builder = NewBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration["Orders:Endpoint"] = endpoint;
        builder.Configuration["Orders:CertificateFile"] = Path.Combine(_directory.FullName, "server.txt");
        builder.Configuration["Orders:ClientDirectory"] = _directory.CreateSubdirectory("clients").FullName;
        serverCertificate.Save(Path.Combine(_directory.FullName, "server.txt"));
        clientCertificate.SavePublic(Path.Combine(_directory.FullName, "clients", "ann.txt"));

        // snippet: hosting
        var settings = builder.Configuration.GetSection("Orders").Get<OrderSettings>()!; // of appsettings.json, for example
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<OrderBook>();
        builder.Services.AddSingleton(_ =>
        {
            var authenticator = new Authenticator();
            authenticator.ConfigureCurve("*", settings.ClientDirectory);
            return authenticator;
        });
        builder.Services.AddSingleton(provider =>
        {
            // First: the container disposes of last what it made first.
            var authenticator = provider.GetRequiredService<Authenticator>();
            var context = new ZmtpContext(new()
            {
                LoggerFactory = provider.GetRequiredService<ILoggerFactory>(),
                MeterFactory = provider.GetRequiredService<IMeterFactory>(),
            });
            context.Use(authenticator);
            return context;
        });
        builder.Services.AddHostedService<OrderService>();
        // end

        await using var host = builder.Build();
        await host.StartAsync(TestTimeout.Token);
        Assert.Equal(8, InstrumentsOf(host.Services.GetRequiredService<IMeterFactory>()));
        await using (var context = Searched.NewContext())
        {
            await using var client = new PushSocket(
                context, new() { Security = CurveSecurity.Client(clientCertificate, serverCertificate.PublicKey) });
            client.Connect(endpoint);
            await client.SendAsync("an order", TestTimeout.Token);
            Assert.Equal("an order", await host.Services.GetRequiredService<OrderBook>().Orders.ReadAsync(TestTimeout.Token));
        }

        var running = host.Services.GetServices<IHostedService>().OfType<OrderService>().Single().ExecuteTask!;
        await host.StopAsync(TestTimeout.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WithinAsync());
    }

    private static int InstrumentsOf(IMeterFactory meters)
    {
        var count = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == "Zmtp" && ReferenceEquals(instrument.Meter.Scope, meters)) count++;
        };
        listener.Start();
        return count;
    }

    private static WebApplicationBuilder NewBuilder()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        return builder;
    }
}

// snippet: hosting-service
internal sealed record OrderSettings(string Endpoint, string CertificateFile, string ClientDirectory);

internal sealed class OrderBook
{
    private readonly Channel<string> _orders = Channel.CreateUnbounded<string>();

    public ChannelReader<string> Orders => _orders.Reader;

    public void Add(string order) => _orders.Writer.TryWrite(order);
}

internal sealed class OrderService(ZmtpContext context, OrderSettings settings, OrderBook book) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var certificate = Certificate.Load(settings.CertificateFile);
        await using var orders = new PullSocket(context, new() { Security = CurveSecurity.Server(certificate) });
        await orders.BindAsync(settings.Endpoint, stoppingToken);
        await foreach (var message in orders.WithCancellation(stoppingToken))
        {
            using (message) book.Add(message.AsString());
        }
    }
}
// end

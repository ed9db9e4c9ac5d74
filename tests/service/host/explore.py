# SPDX-License-Identifier: Apache-2.0
"""A client that knows no proto of ours: explore.py HOST:PORT

It asks the older version of reflection, builds what it learns into a pool of descriptors, and calls
methods with messages made from it. Ends with 77 where grpc for Python is missing.
"""
import sys

try:
    import grpc
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    import reflection_pb2 as reflection
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

REFLECT = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
TIMEOUT_S = 30


def expect(holds, *words):
    if not holds:
        sys.exit(" ".join(map(str, words)))


def files_of(response):
    return [descriptor_pb2.FileDescriptorProto.FromString(data)
            for data in response.file_descriptor_response.file_descriptor_proto]


class Explorer:
    def __init__(self, address):
        self.channel = grpc.insecure_channel(address)
        self.files = {}
        self.pool = descriptor_pool.DescriptorPool()
        self.added = set()

    def ask(self, *requests):
        """Answers to requests that are fields of ServerReflectionRequest, on one stream."""
        asked = [reflection.ServerReflectionRequest(host="here", **request) for request in requests]
        call = self.channel.stream_stream(
            REFLECT,
            request_serializer=reflection.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection.ServerReflectionResponse.FromString)
        answers = list(call(iter(asked), timeout=TIMEOUT_S))
        expect(len(answers) == len(asked), "answers:", len(answers))
        for request, answer in zip(asked, answers):
            expect(answer.original_request == request, "is not what was asked:", answer)
            expect(answer.valid_host == "here", "no host:", answer)
        return answers

    def add(self, name):
        """Adds a file to the pool behind its imports, which must all have come."""
        if name in self.added:
            return
        self.added.add(name)
        expect(name in self.files, "an import was not sent:", name)
        for imported in self.files[name].dependency:
            self.add(imported)
        self.pool.Add(self.files[name])

    def learn(self, symbol):
        (answer,) = self.ask({"file_containing_symbol": symbol})
        files = files_of(answer)
        names = [file.name for file in files]
        expect(len(names) == len(set(names)), "sent twice:", names)
        self.files.update((file.name, file) for file in files)
        self.add(names[0])
        return self.pool.FindServiceByName(symbol)

    def call(self, service, name, **fields):
        method = service.methods_by_name[name]
        factory = message_factory.MessageFactory(self.pool)
        request = factory.GetPrototype(method.input_type)(**fields)
        reply = factory.GetPrototype(method.output_type)
        return self.channel.unary_unary(
            f"/{service.full_name}/{name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=reply.FromString)(request, timeout=TIMEOUT_S)


def check_list(explorer):
    (answer,) = explorer.ask({"list_services": "*"})
    names = [service.name for service in answer.list_services_response.service]
    expect(names == sorted(names), "not sorted:", names)
    for name in ("grpc.channelz.v1.Channelz", "grpc.health.v1.Health",
                 "grpc.reflection.v1.ServerReflection",
                 "grpc.reflection.v1alpha.ServerReflection", "myevents.v1.EventService"):
        expect(name in names, name, "is missing in", names)


def check_errors(explorer):
    """What is not found is said on the stream, which goes on."""
    extension = reflection.ExtensionRequest(
        containing_type="google.protobuf.MethodOptions", extension_number=1)
    answers = explorer.ask(
        {"file_by_filename": "nobody.proto"}, {"file_containing_symbol": "no.Body"},
        {"file_containing_extension": extension}, {"all_extension_numbers_of_type": "no.Body"}, {},
        {"list_services": ""})
    codes = [answer.error_response.error_code for answer in answers]
    expect(codes == [5, 5, 5, 5, 12, 0], "codes:", codes)


def check_extensions(explorer):
    """google.api.http of our methods, which a proto knows only as an option's extension."""
    options = "google.protobuf.MethodOptions"
    (answer,) = explorer.ask({"all_extension_numbers_of_type": options})
    numbers = list(answer.all_extension_numbers_response.extension_number)
    expect(answer.all_extension_numbers_response.base_type_name == options, answer)
    expect(72295728 in numbers, "extensions:", numbers)
    extension = reflection.ExtensionRequest(containing_type=options, extension_number=72295728)
    (answer,) = explorer.ask({"file_containing_extension": extension})
    expect(files_of(answer)[0].name == "google/api/annotations.proto", answer)


def check_calls(explorer):
    events = explorer.learn("myevents.v1.EventService")
    made = explorer.call(events, "CreateLocation", location={
        "name": "Town hall", "address": "1 Square", "country": "SE", "time_zone": "Europe/Stockholm",
        "halls": [{"name": "Large", "capacity": 7}]})
    listed = explorer.call(events, "ListLocations")
    expect([location.id for location in listed.locations] == [made.id], "listed:", listed)
    expect(listed.locations[0].halls[0].capacity == 7, "listed:", listed)
    options = events.methods_by_name["ListLocations"].GetOptions().SerializeToString()
    expect(b"/v1/locations" in options, "options are lost:", options)
    channelz = explorer.learn("grpc.channelz.v1.Channelz")
    servers = explorer.call(channelz, "GetServers")
    expect(servers.server[0].data.calls_started > 0, "servers:", servers)


def main():
    explorer = Explorer(sys.argv[1])
    for check in (check_list, check_errors, check_extensions, check_calls):
        check(explorer)
    print("explored")


main()

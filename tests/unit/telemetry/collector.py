#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A collector of another make: Google's protobuf and grpcio take what we export.

    collector.py PROTO_FOLDER       says its port; serves until its stdin ends; then says each span in a line

Exit 77: what it needs is not installed.
"""
import subprocess
import sys
import tempfile
from concurrent import futures

try:
    import google.protobuf  # noqa: F401
    import grpc
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)

FILES = ['common/v1/common', 'resource/v1/resource', 'trace/v1/trace', 'collector/trace/v1/trace_service']
EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'


def load_messages(protos):
    folder = tempfile.TemporaryDirectory()
    files = [f'opentelemetry/proto/{name}.proto' for name in FILES]
    subprocess.run(['protoc', '-I', protos, '--python_out', folder.name, *files], check=True)
    sys.path.insert(0, folder.name)
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
    folder.cleanup()
    return trace_service_pb2


def value_of(value):
    return getattr(value, value.WhichOneof('value'))


def pairs_of(attributes):
    return ','.join(f'{pair.key}={value_of(pair.value)}' for pair in attributes)


def line_of(resource, scope, span):
    links = ','.join(link.span_id.hex() for link in span.links)
    return ' '.join([
        f'resource[{pairs_of(resource.attributes)}]', f'scope[{scope.name}]', f'name[{span.name}]', f'kind[{span.kind}]',
        f'trace[{span.trace_id.hex()}]', f'span[{span.span_id.hex()}]', f'parent[{span.parent_span_id.hex()}]',
        f'flags[{span.flags}]', f'attributes[{pairs_of(span.attributes)}]', f'links[{links}]',
        f'status[{span.status.code} {span.status.message}]',
        f'lasted[{span.end_time_unix_nano >= span.start_time_unix_nano > 0}]'])


class Collector(grpc.GenericRpcHandler):
    def __init__(self, messages):
        self.messages = messages
        self.lines = []

    def service(self, details):
        if details.method != EXPORT:
            return None
        return grpc.unary_unary_rpc_method_handler(
            self.export, request_deserializer=self.read,
            response_serializer=self.messages.ExportTraceServiceResponse.SerializeToString)

    def read(self, data):
        request = self.messages.ExportTraceServiceRequest.FromString(data)
        request.DiscardUnknownFields()
        if request.ByteSize() != len(data):
            self.lines.append('there are fields that nobody knows')
        return request

    def export(self, request, context):
        for of_resource in request.resource_spans:
            for of_scope in of_resource.scope_spans:
                for span in of_scope.spans:
                    self.lines.append(line_of(of_resource.resource, of_scope.scope, span))
        return self.messages.ExportTraceServiceResponse()


def main():
    collector = Collector(load_messages(sys.argv[1]))
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
    server.add_generic_rpc_handlers((collector,))
    print(server.add_insecure_port('127.0.0.1:0'), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(1).wait()
    print('\n'.join(collector.lines), flush=True)


main()

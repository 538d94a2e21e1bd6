import AWSRequests
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry

extension S3Storage {
    /// Looks whether the bucket is there and may be listed; makes it if it is missing and that is wished.
    func begin() async throws {
        try await explaining {
            do {
                _ = try await self.listed("", after: nil, continuation: nil, limit: 1)
            } catch let failure as S3Failure where failure.code == "NoSuchBucket" || failure.status == 404 {
                guard self.client.settings.createsBucket else { throw failure }
                try await self.createBucket()
            }
        }
    }

    /// Writes, reads, lists and removes something, and looks for something that is not there: whoever may not list a
    /// bucket is told that it is forbidden, and would take a missing file for a fault.
    package func check() async throws {
        let name = ".check/\(UInt64.random(in: 0...UInt64.max))"
        let bytes = ByteBuffer(string: "cellar")
        let path = client.address.path(of: name)
        try await explaining {
            var write = S3Operation("write objects", .PUT, path)
            write.body = .bytes(bytes, PayloadDigests(bytes))
            try await self.client.perform(write)
            let read = S3Operation("read objects", .GET, path)
            let found = try await self.client.perform(read) { try await $0.body.collect(upTo: 1024) }
            guard found == bytes else {
                throw RegistryError(.unavailable, "The store gives back other bytes than it was sent.")
            }
            _ = try await self.listed(name, after: nil, continuation: nil, limit: 1)
            var remove = S3Operation("remove objects", .DELETE, path)
            remove.accepted = [200, 204]
            try await self.client.perform(remove)
            var look = read
            look.accepted = [200, 404]
            guard try await self.client.perform(look).status == 404 else {
                throw RegistryError(.unavailable, "The store still gives what was removed.")
            }
        }
    }

    private func createBucket() async throws {
        var operation = S3Operation("make buckets", .PUT, client.address.bucketPath)
        let region = client.signer.region
        // The first region is the one that must not be named ("CreateBucket", Amazon S3 API Reference).
        if region != "us-east-1" {
            let bytes = ByteBuffer(
                string: """
                    <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>\
                    \(region)</LocationConstraint></CreateBucketConfiguration>
                    """)
            operation.body = .bytes(bytes, PayloadDigests(bytes))
        }
        do {
            try await client.perform(operation)
        } catch let failure as S3Failure where failure.code == "BucketAlreadyOwnedByYou" {
            // Another server made it at the same moment.
            return
        }
    }

    /// Puts into words for the operator what is wrong.
    private func explaining(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let failure as S3Failure {
            let settings = client.settings
            guard let advice = failure.advice(settings, region: client.signer.region, now: client.clock.now()) else {
                throw RegistryError(
                    .unavailable, "The bucket \(settings.bucket) cannot be used: \(failure).", cause: failure)
            }
            throw RegistryError(.unavailable, advice, cause: failure)
        } catch let error as RegistryError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw RegistryError(
                .unavailable,
                "The store at \(client.address.scheme)://\(client.address.host) does not answer: \(error).",
                cause: error)
        }
    }
}

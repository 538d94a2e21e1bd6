public import PackagingStandards

extension AuditLine {
    /// Writes the line as a JSON object, as the management API and every receiver show it (`openapi.yaml`).
    public func write(into json: inout JSONWriter) {
        json.object { json in
            json.key("id")
            json.integer(id)
            json.key("at")
            json.timestamp(at)
            json.member("actor", actor)
            json.member("action", action)
            json.member("index", index)
            json.member("project", project)
            json.member("subject", subject)
            json.member("detail", detail)
            json.member("token", token?.name)
            json.member("tag", tag)
            json.member("address", origin.address)
            json.member("request_id", origin.requestID)
            json.key("times")
            json.integer(times)
        }
    }
}

extension UploadForm {
    /// Checks what the form asks for (`:action`): nothing but an upload is done here.
    ///
    /// Throws `.gone` for what PyPI's upload API did once, and `.invalidRequest` for anything else.
    public func checkAction() throws {
        guard let action = try single(":action"), action != "file_upload" else { return }
        switch action {
        case "submit", "submit_pkg_info", "verify":
            throw RegistryError(
                .gone, "Registering a project (\(action)) is not needed: its first upload makes it. Upload the files.")
        case "doc_upload":
            throw RegistryError(.gone, "Documentation (doc_upload) is not taken here. Upload distribution files only.")
        default:
            throw invalid("The field :action says \(quoted(action)), but only file_upload is done here.")
        }
    }
}

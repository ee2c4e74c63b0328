"""Pure text: a deployment to the files of the export directory."""

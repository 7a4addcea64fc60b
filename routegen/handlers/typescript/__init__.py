"""The reader for TypeScript and JavaScript: syntax trees of Next.js route files in, abstract handlers out."""

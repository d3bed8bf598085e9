import { Workflow } from "lucide-react";
import { WorkflowNav } from "#features/workflow/ui/workflow-nav.tsx";
import type { Place } from "../places.tsx";

export const workflowsPlace: Place = { href: "/workflows", label: "Workflows", icon: Workflow, key: "w", Below: WorkflowNav };

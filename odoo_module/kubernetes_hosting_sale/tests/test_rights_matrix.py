from odoo.tests import tagged

from odoo.addons.kubernetes_hosting.tests.common import KubernetesCase
from odoo.addons.kubernetes_hosting.tests.rights_matrix import RightsMatrixMixin

from .rights import METHODS


@tagged("post_install", "-at_install")
class TestRightsMatrix(RightsMatrixMixin, KubernetesCase):
    addon = "kubernetes_hosting_sale"
    methods = METHODS

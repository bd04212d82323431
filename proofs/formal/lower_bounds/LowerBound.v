(** * LowerBound (T1's counting half, T4).

    T1: a network with n weights, of any real values, has 2^n masks, so at one fixed scale its pruned
    networks serve at most 2^n targets of which no two can be served by the same function ([T1_masks],
    [T1_counting]). The volume half of T1 is not here.
    T4: on a coordinate half-axis a pruned +-1 network whose hidden widths are at most k has an
    integer slope of size at most k^(L-1) ([T4_slope]); approximating every slope in [-1, 1] within
    eps at one fixed scale forces k^(L-1) >= (1/eps - 1)/2 ([T4_width]). *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Expansion Probability Network Integers.
Import ListNotations.
Open Scope R_scope.

(** ** T1 *)
Definition masks (wd : nat -> nat) (L : nat) : list (coord -> bool) :=
  assigns (coords_of wd L) (fun _ => false).

(** weights of any values, where the mask keeps them; [pruned] is the case of +-1 *)
Definition masked (a : coord -> R) (M : coord -> bool) : nat -> mat :=
  fun t i j => a (t, i, j) * bitR (M (t, i, j)).
Lemma pruned_masked w M : pruned w M = masked (fun c => sgR (w c)) M.
Proof. reflexivity. Qed.

Lemma hid_masks wd L w M M' : (forall c, In c (coords_of wd L) -> M' c = M c) ->
  forall t, (t <= L)%nat -> forall x i, (i < wd t)%nat -> hid wd (masked w M') x t i =
    hid wd (masked w M) x t i.
Proof.
  intros H. induction t as [|t IH]; intros Ht x i Hi; cbn [hid]; auto.
  unfold vrelu. f_equal. apply mv_ext.
  - intros j Hj. unfold masked. rewrite H; auto. apply in_coords. repeat split; auto; lia.
  - intros j Hj. apply IH; auto. lia.
Qed.

Theorem T1_masks wd L w : (1 <= L)%nat -> length (masks wd L) = (2 ^ length (coords_of wd L))%nat /\
  forall M, exists M', In M' (masks wd L) /\
    forall x o, (o < wd L)%nat -> net wd (masked w M') L x o = net wd (masked w M) L x o.
Proof.
  intros HL. split; [apply assigns_length|]. intros M.
  set (M' := fun c => if in_dec ceq c (coords_of wd L) then M c else false).
  assert (H : forall c, In c (coords_of wd L) -> M' c = M c).
  { intros c Hc. unfold M'. destruct (in_dec ceq c (coords_of wd L)); [auto|contradiction]. }
  exists M'. split.
  - apply assigns_complete. intros c Hc. unfold M'. destruct (in_dec ceq c (coords_of wd L));
      [contradiction|auto].
  - intros x o Ho. unfold net. apply mv_ext.
    + intros j Hj. unfold masked. rewrite H; auto. apply in_coords.
      replace (S (L - 1)) with L by lia. repeat split; auto; lia.
    + intros j Hj. apply (hid_masks wd L w M M' H); auto. lia.
Qed.

(** the targets served, no two by the same function, are at most 2^n *)
Theorem T1_counting {X} wd L w (targets : list X) (serves : (vec -> vec) -> X ->
  Prop) : (1 <= L)%nat ->
  NoDup targets ->
  (forall f g h, In f targets -> In g targets -> serves h f -> serves h g -> f = g) ->
  (forall h h' f, (forall x o, (o < wd L)%nat -> h' x o = h x o) -> serves h f -> serves h' f) ->
  (forall f, In f targets -> exists M, serves (net wd (masked w M) L) f) ->
  (length targets <= 2 ^ length (coords_of wd L))%nat.
Proof.
  intros HL ND Hsep Hext Hall. destruct (T1_masks wd L w HL) as [Len HM]. rewrite <- Len.
  assert (G : exists ms, length ms = length targets /\ NoDup ms /\ incl ms (masks wd L) /\
            (forall M, In M ms -> exists f, In f targets /\ serves (net wd (masked w M) L) f)).
  { induction ND as [|f fs Hf ND IH].
    - exists []. repeat split; auto; [constructor|intros M []|intros M []].
    - destruct IH as (ms & L1 & N1 & I1 & S1).
      + intros f1 f2 h H1 H2. apply Hsep; right; auto.
      + intros f1 H1. apply Hall. right; auto.
      + destruct (Hall f (or_introl eq_refl)) as [M0 S0]. destruct (HM M0) as [M [IM EM]].
        assert (SM : serves (net wd (masked w M) L) f) by (apply (Hext (net wd (masked w M0) L));
          auto).
        exists (M :: ms). repeat split.
        * cbn. congruence.
        * constructor; auto. intros HI. destruct (S1 M HI) as [g [Hg Sg]].
          assert (f = g); [|congruence]. apply (Hsep f g (net wd (masked w M) L)); auto;
            [left; auto|right; auto].
        * intros M1 [<-|H1]; auto.
        * intros M1 [<-|H1]; [exists f; split; auto; left; auto|].
          destruct (S1 M1 H1) as [g [Hg Sg]]. exists g. split; auto. right; auto. }
  destruct G as (ms & L1 & N1 & I1 & _). rewrite <- L1. apply NoDup_incl_length; auto.
Qed.

(** ** T4 *)
Section Slope.
Variables (wd : nat -> nat) (w M : coord -> bool) (j k : nat).


(** the slope of neuron i of layer t along the half-axis of input j *)
Definition edge (t i c : nat) : Z := (sg (w (t, i, c)) * bit (M (t, i, c)))%Z.
Definition zpre (z : nat -> Z) (t i : nat) : Z := zsum (fun c => edge t i c * z c)%Z (seq 0 (wd t)).
Fixpoint zhid (t : nat) : nat -> Z :=
  match t with
  | O => fun i => if (i =? j)%nat then 1%Z else 0%Z
  | S t' => fun i => Z.max 0 (zpre (zhid t') t' i)
  end.
Definition axis (s : R) : vec := fun i => if (i =? j)%nat then s else 0.

Lemma edge_IZR t i c : IZR (edge t i c) = pruned w M t i c.
Proof. unfold edge, pruned. rewrite mult_IZR. destruct (w _), (M _); cbn; lra. Qed.
Lemma edge_abs t i c : (Z.abs (edge t i c) <= 1)%Z.
Proof. unfold edge. destruct (w _), (M _); cbn; lia. Qed.

Lemma mv_slope t z s x i : (forall c, x c = s * IZR (z c)) ->
  mv (wd t) (pruned w M t) x i = s * IZR (zpre z t i).
Proof.
  intros H. unfold mv, zpre. rewrite zsum_IZR, <- rsum_scal. apply rsum_ext. intros c _.
  rewrite H, mult_IZR, edge_IZR. ring.
Qed.
Lemma relu_IZR z : relu (IZR z) = IZR (Z.max 0 z).
Proof.
  unfold relu. destruct (Z.max_spec 0 z) as [[H ->]|[H ->]].
  - rewrite Rmax_right; auto. apply IZR_le. lia.
  - rewrite Rmax_left; auto. apply IZR_le. lia.
Qed.
Lemma hid_slope s t : 0 <= s -> forall i, hid wd (pruned w M) (axis s) t i = s * IZR (zhid t i).
Proof.
  intros Hs. induction t as [|t IH]; intros i; cbn [hid zhid].
  - unfold axis. destruct (i =? j)%nat; lra.
  - unfold vrelu. rewrite (mv_slope t (zhid t) s) by auto. rewrite relu_scale, relu_IZR by auto.
    auto.
Qed.

Lemma zpre_abs z t i : (Z.abs (zpre z t i) <= zsum (fun c => Z.abs (z c)) (seq 0 (wd t)))%Z.
Proof.
  unfold zpre. eapply Z.le_trans; [apply zsum_abs|]. apply zsum_le. intros c _. rewrite Z.abs_mul.
  pose proof (edge_abs t i c). nia.
Qed.
Lemma zhid_bound t : (forall t', (0 < t' <= t)%nat -> (wd t' <= k)%nat) ->
  (zsum (fun c => Z.abs (zhid t c)) (seq 0 (wd t)) <= Z.of_nat k ^ Z.of_nat t)%Z.
Proof.
  induction t as [|t IH]; intros Hk.
  - cbn [zhid Z.of_nat]. rewrite Z.pow_0_r.
    assert (G : forall n s, (zsum (fun c => Z.abs (if (c =? j)%nat then 1 else 0)) (seq s n) <=
      if (s <=? j)%nat then 1 else 0)%Z).
    { induction n as [|n IHn]; intros s; cbn [seq zsum]; [destruct (s <=? j)%nat; lia|].
      specialize (IHn (S s)). destruct (Nat.eqb_spec s j), (Nat.leb_spec s j),
        (Nat.leb_spec (S s) j); lia. }
    specialize (G (wd 0%nat) 0%nat). cbn in G. lia.
  - eapply Z.le_trans; [apply zsum_le with (g := fun _ => (Z.of_nat k ^ Z.of_nat t)%Z)|].
    + intros i _. cbn [zhid]. pose proof (zpre_abs (zhid t) t i).
      specialize (IH ltac:(intros; apply Hk; lia)). lia.
    + rewrite zsum_const, seq_length, Nat2Z.inj_succ, Z.pow_succ_r by lia.
      pose proof (Hk (S t) ltac:(lia)). apply Z.mul_le_mono_nonneg_r; [apply Z.pow_nonneg|]; lia.
Qed.

(** T4: the slope is an integer of size at most k^(L-1) *)
Theorem T4_slope L o : (1 <= L)%nat -> (forall t, (0 < t < L)%nat -> (wd t <= k)%nat) ->
  exists z : Z, (Z.abs z <= Z.of_nat k ^ Z.of_nat (L - 1))%Z /\
    forall s, 0 <= s -> net wd (pruned w M) L (axis s) o = s * IZR z.
Proof.
  intros HL Hk. exists (zpre (zhid (L - 1)) (L - 1) o). split.
  - eapply Z.le_trans; [apply zpre_abs|]. apply zhid_bound. intros; apply Hk; lia.
  - intros s Hs. unfold net. apply mv_slope. intros c. apply hid_slope; auto.
Qed.
End Slope.

(** integers of size at most B, at scale c, can only be eps-dense in [-1, 1] if
    B >= (1/eps - 1)/2 *)
Lemma dense_slopes (c eps : R) (B : Z) : 0 < c -> 0 < eps < 1 ->
  (forall a, -1 <= a <= 1 -> exists z, (Z.abs z <= B)%Z /\ Rabs (c * IZR z - a) <= eps) ->
  (/ eps - 1) / 2 <= IZR B.
Proof.
  intros Hc He H.
  assert (C2 : c <= 2 * eps).
  { apply Rnot_lt_le. intros Hlt.
    destruct (H (Rmin (c / 2) 1)) as [z [_ Hz]].
    { unfold Rmin. destruct (Rle_dec (c / 2) 1); lra. }
    destruct (Z_le_gt_dec z 0) as [Z0|Z0].
    - assert (IZR z <= 0) by (apply IZR_le; lia).
      unfold Rmin in Hz. destruct (Rle_dec (c / 2) 1); unfold Rabs in Hz; destruct Rcase_abs in Hz;
        nra.
    - assert (1 <= IZR z) by (apply IZR_le; lia).
      unfold Rmin in Hz. destruct (Rle_dec (c / 2) 1); unfold Rabs in Hz; destruct Rcase_abs in Hz;
        nra. }
  destruct (H 1 ltac:(lra)) as [z [Bz Hz]].
  assert (ZB : IZR z <= IZR B) by (apply IZR_le; lia).
  assert (1 - eps <= c * IZR z) by (unfold Rabs in Hz; destruct Rcase_abs in Hz; lra).
  assert (Zpos : 0 < IZR z) by nra.
  assert (1 - eps <= 2 * eps * IZR B) by nra.
  apply Rmult_le_reg_r with eps; [lra|].
  replace ((/ eps - 1) / 2 * eps) with ((1 - eps) / 2) by (field; lra). lra.
Qed.

(** T4: constant depth needs polynomial width *)
Theorem T4_width wd w L j o k (c eps : R) : (1 <= L)%nat -> (forall t, (0 < t < L)%nat ->
  (wd t <= k)%nat) ->
  0 < c -> 0 < eps < 1 ->
  (forall a, -1 <= a <= 1 -> exists M, forall s, 0 <= s <= 1 ->
     Rabs (c * net wd (pruned w M) L (axis j s) o - a * s) <= eps) ->
  (/ eps - 1) / 2 <= INR k ^ (L - 1).
Proof.
  intros HL Hk Hc He H.
  replace (INR k ^ (L - 1)) with (IZR (Z.of_nat k ^ Z.of_nat (L - 1))) by (rewrite <- pow_IZR,
    <- INR_IZR_INZ; auto).
  apply (dense_slopes c eps); auto. intros a Ha. destruct (H a Ha) as [M HM].
  destruct (T4_slope wd w M j k L o HL Hk) as [z [Hz1 Hz2]]. exists z. split; auto.
  specialize (HM 1 ltac:(lra)). rewrite Hz2 in HM by lra. rewrite Rmult_1_l, Rmult_1_r in HM. auto.
Qed.
